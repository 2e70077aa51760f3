"""Forms read what people type, keep it, and say what would be right."""

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal

import pytest
import wtforms
from flask import Flask, g
from flask_babel import force_locale
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from sca_lms.errors import Refused
from sca_lms.web.forms import (
    CheckboxesField,
    DayField,
    Form,
    MomentField,
    ScoreField,
    answers,
    csrf_field,
    csrf_token,
    csrf_valid,
)


class SlotTaken(Refused):
    code = "slot-taken"


class Line(Form):
    words = wtforms.StringField("คำ", [Optional()])
    begins = wtforms.TimeField("เริ่ม", [Optional()])


class Everything(Form):
    name = wtforms.StringField("ชื่อ", [Length(max=10)])
    story = wtforms.TextAreaField("เรื่อง")
    secret = wtforms.PasswordField("รหัส")
    count = wtforms.IntegerField("จำนวน", [Optional(), NumberRange(max=9)])
    weight = wtforms.DecimalField("น้ำหนัก", [Optional(), NumberRange(max=9)])
    day = DayField("วัน")
    at = MomentField("เวลา")
    in_berlin = MomentField("เวลาเบอร์ลิน", zone="Europe/Berlin")
    score = ScoreField("คะแนน")
    lines = wtforms.FieldList(wtforms.FormField(Line))
    topics = CheckboxesField("หัวข้อ", choices=answers([("a", "A"), ("b", "B")]))


@pytest.fixture(autouse=True)
def request_in_thai(house: Flask) -> Iterator[None]:
    with house.test_request_context("/"):
        g.locale_choice = "th"
        g.form_secret = b"secret of a browser"
        yield


def sent(**values: str) -> Everything:
    form = Everything(MultiDict(values))
    form.validate()
    return form


def test_text_is_stripped_and_in_one_spelling() -> None:
    form = sent(name=" \u200bCafe\u0301 \u200b ", story="a\r\nb\tc  ", secret=" x ")
    assert form.name.data == "Café"
    assert form.story.data == "a\nb\tc"
    assert form.secret.data == " x "
    assert sent().name.data == ""


@pytest.mark.parametrize("text", ["a\0b", "a\x1bb", "a\nb"])
def test_characters_that_nobody_typed_are_refused_and_kept(text: str) -> None:
    form = sent(name=text)
    assert form.name.errors == ["ลบอักขระที่มองไม่เห็นออก แล้วส่งใหม่"]
    assert form.name.data == text


def test_a_list_of_forms_is_cleaned_too() -> None:
    form = sent(**{"lines-0-words": " ก\0 ", "lines-1-words": " ข "})
    assert form.lines.data[1]["words"] == "ข"
    assert [fault.field_id for fault in form.faults()] == ["lines-0-words"]


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("count", "99999999999"),
        ("count", "1" * 5000),
        ("weight", "NaN"),
        ("weight", "sNaN"),
        ("weight", "1e999999"),
        ("weight", "Infinity"),
    ],
)
def test_numbers_that_no_column_holds_are_refused_with_one_sentence(name: str, typed: str) -> None:
    form = sent(**{name: typed})
    assert len(form[name].errors) == 1
    assert form[name].data is None
    assert typed in form[name]()


def test_what_may_stay_empty_is_not_called_wrong() -> None:
    form = Everything(MultiDict({"name": "ก", "count": "", "lines-0-begins": "", "lines-1-begins": "10:00"}))
    assert form.validate()
    assert form.faults() == []
    form = Everything(
        MultiDict({"name": "ก" * 11, "count": "", "lines-0-begins": "", "lines-1-begins": "ten"})
    )
    assert not form.validate()
    assert [fault.field_id for fault in form.faults()] == ["name", "lines-1-begins"]


def test_the_messages_of_wtforms_are_ours_in_both_languages() -> None:
    assert sent(name="ก" * 11).name.errors == ["ใช้ไม่เกิน 10 ตัวอักษร"]
    assert sent(count="x").count.errors == ["กรอกจำนวนเต็ม เช่น 12"]
    assert sent(count="12").count.errors == ["กรอกตัวเลขไม่เกิน 9"]
    with force_locale("en"):
        assert sent(name="x" * 11).name.errors == ["Use at most 10 characters."]


def test_length_messages_keep_their_numbers() -> None:
    class Lengths(Form):
        least = wtforms.StringField(validators=[Length(min=3)])
        exact = wtforms.StringField(validators=[Length(min=4, max=4)])
        between = wtforms.StringField(validators=[Length(min=2, max=5)])
        needed = wtforms.StringField(validators=[InputRequired()])

    form = Lengths(MultiDict({"least": "x", "exact": "x", "between": "x"}))
    assert not form.validate()
    assert form.least.errors == ["ใช้อย่างน้อย 3 ตัวอักษร"]
    assert form.exact.errors == ["ใช้ 4 ตัวอักษรพอดี"]
    assert form.between.errors == ["ใช้ 2 ถึง 5 ตัวอักษร"]
    assert form.needed.errors == ["กรอกช่องนี้"]


# ---------------------------------------------------------------- days and moments


def test_a_moment_is_typed_in_the_courses_wall_time() -> None:
    form = sent(at="2022-09-29T13:15")
    assert form.at.data == dt.datetime(2022, 9, 29, 6, 15, tzinfo=dt.UTC)
    assert 'value="2022-09-29T13:15"' in form.at()
    assert 'type="datetime-local"' in form.at()


def test_a_buddhist_year_is_asked_about_and_kept() -> None:
    form = sent(at="2565-09-29T13:15", day="2567-02-29")
    assert form.at.errors == ["หมายถึง ค.ศ. 2022 ใช่หรือไม่ พิมพ์เป็น 2022-09-29T13:15"]
    assert form.at.suggestion == "2022-09-29T13:15"
    assert form.at.suggestion_text == "29 ก.ย. 2565 (2022)"
    assert 'value="2565-09-29T13:15"' in form.at()
    assert form.at.data is None
    assert form.day.suggestion == "2024-02-29"


def test_a_day_written_the_other_way_round_comes_with_a_suggestion() -> None:
    form = sent(day="29/09/2022")
    assert form.day.errors == ["กรอกวันเป็น ค.ศ.-เดือน-วัน เช่น 2022-09-29"]
    assert form.day.suggestion == "2022-09-29"


@pytest.mark.parametrize("typed", ["x", "2022-09-29T99:99", "2022-13-45T10:00", "-1-1-1T1:1", "\0"])
def test_nonsense_is_refused_with_a_sentence(typed: str) -> None:
    assert sent(at=typed).at.errors
    assert sent(day=typed).day.errors


def test_an_hour_that_summer_time_skips_is_refused_with_the_next_one() -> None:
    form = sent(in_berlin="2022-03-27T02:30")
    assert form.in_berlin.errors
    assert form.in_berlin.suggestion == "2022-03-27T03:30"


def test_an_hour_that_happens_twice_stays_what_it_was() -> None:
    second_time = dt.datetime(2022, 10, 30, 1, 30, 20, tzinfo=dt.UTC)
    unchanged = Everything(MultiDict({"in_berlin": "2022-10-30T02:30"}), data={"in_berlin": second_time})
    assert unchanged.in_berlin.data == second_time
    assert sent(in_berlin="2022-10-30T02:30").in_berlin.data == dt.datetime(
        2022, 10, 30, 0, 30, tzinfo=dt.UTC
    )


def test_a_page_that_is_only_looked_at_shows_what_a_day_and_a_moment_were_filled_with() -> None:
    at = dt.datetime(2022, 11, 20, 12, 0, tzinfo=dt.UTC)
    form = Everything(MultiDict(), data={"day": dt.date(2022, 11, 20), "at": at})
    assert 'value="2022-11-20"' in form.day()
    assert 'value="2022-11-20T19:00"' in form.at()


def test_an_empty_moment_is_none() -> None:
    form = sent(at=" ", day="")
    assert (form.at.data, form.day.data, form.at.errors, form.day.errors) == (None, None, [], [])
    assert (
        Everything(data={"day": dt.date(2022, 9, 29)}).day()
        == '<input id="day" name="day" type="date" value="2022-09-29">'
    )


# ---------------------------------------------------------------- scores


@pytest.mark.parametrize(
    ("typed", "score"),
    [
        ("12.5", "12.5"),
        ("−3", "-3"),
        (" 0 ", "0"),
        (".5", "0.5"),
        ("๑๒", "12"),
        ("7.", "7"),
        ("99999.9999", "99999.9999"),
    ],
)
def test_a_score_is_exact(typed: str, score: str) -> None:
    assert sent(score=typed).score.data == Decimal(score)


@pytest.mark.parametrize(
    "typed", ["12,5", "1,250", "1e3", "NaN", "Infinity", "12.34567", "100000", "x", "--1", "1" * 5000]
)
def test_what_is_no_score_is_refused_and_kept(typed: str) -> None:
    form = sent(score=typed)
    assert form.score.data is None
    assert len(form.score.errors) == 1
    assert typed in form.score()


def test_a_stored_score_is_shown_without_trailing_zeros() -> None:
    assert 'value="-1250.5"' in Everything(data={"score": Decimal("-1250.5000")}).score()


# ---------------------------------------------------------------- refusals


def test_a_refusal_is_shown_beside_its_field_or_above_the_form() -> None:
    form = sent(name="x")
    form.reject(SlotTaken(_l("This cannot be done now")), "name")
    form.reject(SlotTaken("เต็มแล้ว"))
    assert form.refusal_code == "slot-taken"
    assert [(fault.field_id, fault.messages) for fault in form.faults()] == [
        (None, ("เต็มแล้ว",)),
        ("name", ("ยังทำรายการนี้ไม่ได้",)),
    ]


def test_several_answers_are_read_from_boxes() -> None:
    form = Everything(MultiDict([("topics", "a"), ("topics", "b")]))
    assert form.topics.data == ["a", "b"]
    assert sent(topics="z").topics.errors


# ---------------------------------------------------------------- CSRF


def test_a_token_is_good_for_the_browser_that_got_it_only() -> None:
    token = csrf_token()
    assert csrf_valid(token)
    assert csrf_token() != token
    g.form_secret = b"secret of another browser"
    assert not csrf_valid(token)


@pytest.mark.parametrize("token", [None, "", ".", "x", "x.y", "é.ü", ".ก", "a." + "0" * 64])
def test_an_invented_token_is_refused(token: str | None) -> None:
    assert not csrf_valid(token)


def test_without_a_session_there_is_no_token_and_nothing_is_valid() -> None:
    token = csrf_token()
    del g.form_secret
    assert csrf_token() == ""
    assert csrf_field() == ""
    assert not csrf_valid(token)


def test_every_form_brings_its_token() -> None:
    assert csrf_valid(Everything().hidden_tag().partition('value="')[2].partition('"')[0])
    assert 'name="csrf_token"' in Everything().csrf_token
