"""One page with every piece on it, in both languages: the tests read it, Chromium draws it."""

import datetime as dt
from decimal import Decimal

import wtforms
from flask import Blueprint, abort, flash, g, render_template, request
from flask_babel import lazy_gettext as _l
from markupsafe import Markup
from werkzeug.datastructures import MultiDict
from wtforms.validators import InputRequired, Length, Optional

from sca_lms.errors import Refused
from sca_lms.texts import Bilingual
from sca_lms.web.access import public
from sca_lms.web.forms import CheckboxesField, DayField, Form, MomentField, ScoreField, answers
from sca_lms.web.i18n import page_locale
from sca_lms.web.navigation import Tab
from sca_lms.web.paging import Page, page_number

bp = Blueprint("gallery", __name__, template_folder="gallery_templates")

AREAS = (
    ("KNO", Bilingual("องค์ความรู้จากวิทยากร", "Knowledge from lecturers"), 1380, 1680, 150),
    ("POT", Bilingual("พัฒนาศักยภาพ", "Potential"), 720, 960, 0),
    ("SOF", Bilingual("ทักษะทางสังคม", "Soft skills"), 1200, 1200, 0),
    ("PLA", Bilingual("แผนงานพัฒนาเมือง", "City plans"), 1945, 2160, 0),
    ("PJM", Bilingual("บริหารจัดการโครงการ", "Project management"), 965, 1200, 0),
    ("ORG", Bilingual("องค์กรขนาดใหญ่", "Large organisations"), 720, 720, 0),
    ("TEC", Bilingual("นวัตกรรมและเครื่องมือดิจิทัล", "Innovation and digital tools"), 2160, 2160, 0),
)
TABS = (
    (Bilingual("วันนี้", "Today"), "", "today"),
    (Bilingual("เส้นทาง", "Pathway"), "", "path"),
    (Bilingual("ชั่วโมงของฉัน", "My hours"), Bilingual("ชั่วโมง", "Hours"), "clock"),
    (Bilingual("พี่เลี้ยง", "Mentor"), "", "people"),
    (Bilingual("โครงการ", "Project"), "", "project"),
    (Bilingual("คะแนน", "Grades"), "", "grade"),
    (Bilingual("ข้อมูลของฉัน", "My data"), "", "shield"),
)


class TooLate(Refused):
    """An invented refusal."""

    code = "too-late"


class EveryField(Form):
    """One field of each kind."""

    title = wtforms.StringField(
        "ชื่อผู้ใหญ่ที่ปรึกษา", [InputRequired(), Length(max=20)], description="ที่ปรึกษาผู้ใหญ่บ้าน กี่ปีก็ได้"
    )
    story = wtforms.TextAreaField("เล่าเรื่องพื้นที่", [Optional()], render_kw={"rows": 3})
    day = DayField("วันที่ขอชดเชย")
    starts_at = MomentField("เวลาเริ่ม")
    score = ScoreField("คะแนน")
    kind = wtforms.SelectField("ชนิด", choices=answers([("n", "โครงการใหม่"), ("x", "โครงการต่อยอด")]))
    way = wtforms.RadioField("วิธีเข้าร่วม", choices=answers([("r", "ที่ห้องประชุม"), ("o", "ออนไลน์")]))
    topics = CheckboxesField("หัวข้อ", choices=answers([("a", "เทคโนโลยีและนวัตกรรม"), ("b", "การเขียนข้อเสนอ")]))
    agreed = wtforms.BooleanField("อ่านและเข้าใจแล้ว")
    paper = wtforms.FileField("ใบเซ็นชื่อ")


@bp.before_request
def reader() -> None:
    """Be a person in a course, as the guard would say."""
    g.locale_choice = request.args.get("lang")
    g.theme = request.args.get("theme", "light")
    g.form_secret = b"the secret of an invented browser"
    g.timezone = "Asia/Bangkok"


@bp.get("/gallery")
@public
def gallery() -> str:
    """Show every piece."""
    locale = page_locale()
    typed = MultiDict(
        {
            "title": "",
            "day": "2565-09-29",
            "starts_at": "2022-09-29T13:15",
            "score": "12,5",
            "kind": "n",
            "way": "r",
        }
    )
    form = EveryField(typed if "faults" in request.args else None)
    if "faults" in request.args:
        form.validate()
        form.reject(TooLate(_l("This cannot be done now")))
    if "done" in request.args:
        flash(
            Markup('{} <a href="#undo">{}</a>').format(
                *(("เช็กอินแล้ว 13:08 น.", "เลิกทำ") if locale == "th" else ("Checked in at 13:08.", "Undo"))
            )
        )
    number = page_number(request.args)
    return render_template(
        "gallery/gallery.html",
        say=lambda th, en: th if locale == "th" else en,
        areas=AREAS,
        form=form,
        page=Page(list(range(25)), number, 25, 150),
        moment=dt.datetime(2022, 9, 29, 6, 15, tzinfo=dt.UTC),
        later=dt.datetime(2022, 9, 29, 8, 15, tzinfo=dt.UTC),
        score=Decimal("12.5000"),
        other=Bilingual("", "Only in English"),
        course_title="SCA รุ่นที่ 2" if locale == "th" else "SCA, generation 2",
        person_name="ปวีณา",
        tabs=[
            Tab(
                f"#{place}",
                label.pick(locale)[0],
                icon,
                place == 0,
                Bilingual.of(short).pick(locale)[0],
            )
            for place, (label, short, icon) in enumerate(TABS)
        ],
    )


@bp.get("/message")
@public
def message() -> str:
    """Show the plain message page."""
    return render_template(
        "web/message.html", title="ส่งคำตอบแล้ว", text="ผลจะออกภายใน 3 วัน", url="/gallery", label="กลับหน้าแรก"
    )


@bp.route("/wrong/<int:code>", methods=["GET", "POST"])
@public
def wrong(code: int) -> str:
    """Answer with any HTTP error."""
    abort(code)


@bp.get("/refused")
@public
def refused() -> str:
    """Raise a refusal that nobody catches."""
    raise TooLate(_l("This cannot be done now"))


@bp.get("/defect")
@public
def defect() -> str:
    """Fail on what somebody typed."""
    raise KeyError("somchai@example.org")
