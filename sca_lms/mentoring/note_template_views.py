"""Let staff write what notes begin with, in both languages."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import abort

from sca_lms import clock
from sca_lms.courses.access import actor, allow, current_course
from sca_lms.courses.rules import STAFF
from sca_lms.database import transaction
from sca_lms.mentoring import note_queries, notes, terms_queries
from sca_lms.mentoring.models import MentoringTopic, NoteTemplate, PlannedMeeting
from sca_lms.mentoring.note_forms import TemplateForm
from sca_lms.web.formats import plain

bp = Blueprint(
    "mentoring_templates",
    __name__,
    template_folder="templates",
    url_prefix="/courses/<int:course_id>/mentoring/templates",
)


@bp.get("")
@allow(*STAFF)
def index(course_id: int) -> ResponseReturnValue:
    """Show all templates with where they are offered."""
    return render_template(
        "mentoring/note_templates.html", course_id=course_id, templates=note_queries.templates(course_id)
    )


@bp.route("/new", methods=["GET", "POST"])
@allow(*STAFF)
def new(course_id: int) -> ResponseReturnValue:
    """Write a new template."""
    return _edit(course_id, None)


@bp.route("/<int:template_id>", methods=["GET", "POST"])
@allow(*STAFF)
def edit(course_id: int, template_id: int) -> ResponseReturnValue:
    """Change a template; notes that began with it stay as they are."""
    return _edit(course_id, note_queries.find_template(actor(), template_id) or abort(404))


@bp.post("/<int:template_id>/remove")
@allow(*STAFF)
def remove(course_id: int, template_id: int) -> ResponseReturnValue:
    """Take a template away."""
    template = note_queries.find_template(actor(), template_id) or abort(404)
    with transaction():
        notes.remove_template(current_course(), template, person_id=actor().person_id, at=clock.now())
    flash(_("The template is gone."))
    return redirect(url_for(".index", course_id=course_id), 303)


def _edit(course_id: int, template: NoteTemplate | None) -> ResponseReturnValue:
    stages = {f"stage-{each.id}": each for each in terms_queries.planned_meetings(course_id)}
    topics = {f"topic-{each.id}": each for each in terms_queries.topics(course_id)}
    form = TemplateForm(request.form, data=_data(template))
    form.offer(_places(stages, topics))
    status = 200
    if request.method == "POST":
        status = 400
        if form.validate():
            chosen = form.place.data or ""
            with transaction():
                notes.put_template(
                    current_course(), template, title=form.title, body=form.body,
                    planned_meeting=stages.get(chosen), topic=topics.get(chosen),
                    person_id=actor().person_id, at=clock.now(),
                )  # fmt: skip
            flash(_("The template is saved."))
            return redirect(url_for(".index", course_id=course_id), 303)
    page = render_template("mentoring/note_template.html", course_id=course_id, template=template, form=form)
    return page, status


def _places(stages: dict[str, PlannedMeeting], topics: dict[str, MentoringTopic]) -> list[tuple[str, str]]:
    return [
        ("", _("Any meeting")),
        *((key, _("Topic: %(title)s", title=plain(each.title))) for key, each in topics.items()),
        *(
            (key, _("Meeting %(number)s: %(title)s", number=each.number, title=plain(each.title)))
            for key, each in stages.items()
        ),
    ]


def _data(template: NoteTemplate | None) -> dict[str, object]:
    if template is None:
        return {}
    place = ""
    if template.planned_meeting_id is not None:
        place = f"stage-{template.planned_meeting_id}"
    elif template.topic_id is not None:
        place = f"topic-{template.topic_id}"
    return {
        "title_th": template.title.th,
        "title_en": template.title.en,
        "body_th": template.body.th,
        "body_en": template.body.en,
        "place": place,
    }
