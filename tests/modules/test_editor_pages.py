"""The pages on which modules are written, and those that give more time."""

import io
import re

import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.test import TestResponse

from sca_lms.courses.models import Course, Enrolment
from sca_lms.courses.rules import Role
from sca_lms.database import db, transaction
from sca_lms.modules.models import Module, ModuleDraftRow, ModuleExtension
from tests.builders import csrf_of
from tests.modules.visitors import ENGLISH, Visitor, a_learner, joined_by

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 64
UNTIL = "2022-09-20T23:59"


def module_id(app: Flask, code: str = "PB1") -> int:
    with app.app_context():
        return db.session.scalars(sa.select(Module.id).where(Module.code == code)).one()


def address(visitor: Visitor, path: str) -> str:
    return f"/courses/{visitor.course_id}{path}"


def get(visitor: Visitor, path: str) -> str:
    answer = visitor.client.get(address(visitor, path), headers=ENGLISH)
    assert answer.status_code == 200, answer.text
    return answer.text


def send(visitor: Visitor, path: str, *, page: object = "", **fields: object) -> TestResponse:
    token = csrf_of(get(visitor, str(page or path)))
    return visitor.client.post(address(visitor, path), data={"csrf_token": token, **fields}, headers=ENGLISH)


def settings(**changed: object) -> dict[str, object]:
    return {
        "title_th": "บทบาท", "title_en": "Roles", "minutes": "75", "any_of": "all", "seen": "0", **changed,
    }  # fmt: skip


def seen_on(page: str) -> str:
    """Return which draft a page shows, as its forms send it."""
    found = re.search(r'name="seen"[^>]* value="(\d+)"', page)
    assert found
    return found[1]


def test_an_author_makes_a_module_with_a_unit_looks_at_it_and_publishes_it(app: Flask) -> None:
    learner = a_learner(app)
    author = joined_by(app, learner, Role.AUTHOR)
    made = send(author, "/module-editor/new", page="/module-editor", title_th="", title_en="Field work")
    assert made.status_code == 303
    place = f"/module-editor/{module_id(app, 'M1')}"
    assert "There are no units yet." in get(author, place)
    added = send(
        author, f"{place}/units/new", page=place, **{"new-type": "reading", "new-title_en": "Read this"}
    )
    assert added.location.endswith("/units/M1.1")
    saved = send(
        author, f"{place}/units/M1.1",
        title_en="Read this", minutes="5", required="y", body_en="## Now\n\n**bold**",
        seen=seen_on(get(author, place)),
    )  # fmt: skip
    assert saved.status_code == 303
    assert "<strong>bold</strong>" in get(author, f"{place}/preview/M1.1")
    assert "Field work" not in get(learner, "/modules")
    assert send(author, f"{place}/publish", page=place).status_code == 303
    assert "Field work" in get(learner, "/modules")
    assert "Version 1" in get(author, f"{place}/history")
    assert "Read this" in get(author, f"{place}/history/1")


def test_what_is_wrong_stands_beside_its_field_and_what_was_typed_stays(app: Flask) -> None:
    author = joined_by(app, a_learner(app), Role.AUTHOR)
    place = f"/module-editor/{module_id(app)}"
    answer = send(author, place, **settings(title_th="", title_en="", minutes="soon"))
    assert answer.status_code == 400
    assert "Write a title, in Thai, in English, or in both." in answer.text
    assert 'value="soon"' in answer.text
    answer = send(author, place, **settings(**{"p0-what": "quiz:PB1.4", "p0-percent": "", "p1-what": "date"}))
    assert "Say which score is needed." in answer.text
    assert "Say from when." in answer.text


def test_conditions_are_saved_and_a_circle_is_named_before_it_can_be_published(app: Flask) -> None:
    learner = a_learner(app)
    author = joined_by(app, learner, Role.AUTHOR)
    place = f"/module-editor/{module_id(app)}"
    wanted = settings(any_of="any", **{"p0-what": "module:PB2", "p1-what": ""})
    assert send(author, place, **wanted).status_code == 303
    page = get(author, place)
    assert "would wait for each other in a circle" in page
    assert "Publish</button>" not in page
    refused = send(author, f"{place}/publish", page=place)
    assert refused.status_code == 303
    assert "Changes not published" in get(author, place)
    released = settings(
        seen=seen_on(get(author, place)),
        **{"p0-what": "date", "p0-date": "2099-01-01T09:00", "p1-what": "module:PB2"},
        any_of="any",
    )
    assert send(author, place, **released).status_code == 303
    send(author, f"{place}/publish", page=place)
    page = get(learner, "/modules/PB1")
    assert "One of these is enough:" in page
    assert "Wait until" in page


def test_the_second_of_two_who_save_is_told_and_sees_what_they_typed(app: Flask) -> None:
    author = joined_by(app, a_learner(app), Role.AUTHOR)
    place = f"/module-editor/{module_id(app)}"
    assert send(author, place, **settings(title_en="First")).status_code == 303
    second = send(author, place, **settings(title_en="Second"))
    assert second.status_code == 409
    assert "Somebody else saved this module meanwhile." in second.text
    assert 'value="Second"' in second.text


def test_units_move_by_buttons_and_by_dragging_and_are_copied_and_taken_out(app: Flask) -> None:
    author = joined_by(app, a_learner(app), Role.AUTHOR)
    place = f"/module-editor/{module_id(app)}"

    def order() -> list[str]:
        with app.app_context():
            row = db.session.scalars(sa.select(ModuleDraftRow)).one()
            units = row.document["units"]
            assert isinstance(units, list)
            return [str(unit["code"])[-1] for unit in units]

    send(author, f"{place}/units", page=place, do="down-PB1.1")
    assert order() == ["2", "1", "3", "4"]
    send(author, f"{place}/units", page=place, order="PB1.4,PB1.3,PB1.2,PB1.1,PB9.9")
    assert order() == ["4", "3", "2", "1"]
    send(author, f"{place}/units", page=place, do="copy-PB1.3")
    assert order() == ["4", "3", "5", "2", "1"]
    send(author, f"{place}/units", page=place, do="remove-PB1.4")
    assert order() == ["3", "5", "2", "1"]
    stale = seen_on(get(author, place))
    send(author, f"{place}/units", page=place, do="down-PB1.3")
    refused = send(author, f"{place}/units", page=place, do="remove-PB1.3", seen=stale)
    assert refused.status_code == 409
    assert "Somebody else saved this module meanwhile." in refused.text
    assert order() == ["5", "3", "2", "1"]
    send(author, f"{place}/do/discard", page=place)
    assert "Changes not published" not in get(author, place)


def test_a_module_goes_into_the_archive_comes_back_and_is_copied(app: Flask) -> None:
    learner = a_learner(app)
    author = joined_by(app, learner, Role.AUTHOR)
    place = f"/module-editor/{module_id(app, 'PB2')}"
    send(author, f"{place}/do/archive", page=place)
    assert "The 12-month journey" not in get(learner, "/modules")
    send(author, f"{place}/do/bring-back", page=place)
    send(author, f"{place}/publish", page=place)
    assert "The 12-month journey" in get(learner, "/modules")
    copied = send(author, f"{place}/do/copy", page=place)
    assert copied.location.endswith(str(module_id(app, "M1")))
    assert send(author, f"{place}/do/nonsense", page=place).status_code == 404


def test_a_picture_is_shown_in_a_text_and_other_courses_cannot_fetch_it(app: Flask) -> None:
    learner = a_learner(app)
    author = joined_by(app, learner, Role.AUTHOR)
    number = module_id(app)
    place = f"/module-editor/{number}"
    stranger = a_learner(app)
    sent = send(author, f"/module-files/{number}", page=place, files=(io.BytesIO(PNG), "map of.png"))
    assert sent.status_code == 303
    with app.app_context():
        course = db.session.get_one(Course, learner.course_id)
        assert course.id == learner.course_id
    unit = f"{place}/units/PB1.2"
    text = "![The map](attachment:map-of.png)"
    fields = {"title_en": "Map", "minutes": "5", "body_en": text, "files": "map-of.png", "seen": "0"}
    assert send(author, unit, **fields).status_code == 303
    send(author, f"{place}/publish", page=place)
    source = f"/courses/{learner.course_id}/module-files/{number}/map-of.png"
    page = get(learner, "/modules/PB1/PB1.2")
    assert f'src="{source}"' in page
    assert "Attachments" in page
    assert learner.client.get(source).data == PNG
    assert stranger.client.get(source).status_code in {401, 403, 404}
    other = source.replace(f"/courses/{learner.course_id}/", f"/courses/{stranger.course_id}/")
    assert stranger.client.get(other).status_code == 404


def test_captions_of_a_video_are_taken_in_chosen_and_offered_to_the_learner(app: Flask) -> None:
    learner = a_learner(app)
    author = joined_by(app, learner, Role.AUTHOR)
    number = module_id(app)
    place = f"/module-editor/{number}"
    words = "WEBVTT\n\n00:00.000 --> 00:02.000\nสวัสดี\n".encode()
    sent = send(author, f"/module-files/{number}", page=place, files=(io.BytesIO(words), "thai.vtt"))
    assert sent.status_code == 303
    unit = f"{place}/units/PB1.3"
    assert '<option value="thai.vtt">' in get(author, unit)
    fields = {
        "title_en": "A day", "minutes": "5", "video_url": "https://media.example.org/day.webm",
        "captions_th": "thai.vtt", "captions_en": "", "seen": "0",
    }  # fmt: skip
    assert send(author, unit, **fields).status_code == 303
    assert "<track" not in get(learner, "/modules/PB1/PB1.3")
    send(author, f"{place}/publish", page=place)
    page = get(learner, "/modules/PB1/PB1.3")
    source = f"/courses/{learner.course_id}/module-files/{number}/thai.vtt"
    assert re.findall(r'<track kind="captions" srclang="(\w+)"[^>]* src="([^"]+)"', page) == [("th", source)]
    answer = learner.client.get(source)
    assert (answer.mimetype, answer.data) == ("text/vtt", words)
    unknown = send(author, unit, **fields | {"captions_en": "gone.vtt", "seen": seen_on(get(author, place))})
    assert unknown.status_code == 400


def test_a_file_that_is_not_what_it_says_is_refused(app: Flask) -> None:
    author = joined_by(app, a_learner(app), Role.AUTHOR)
    number = module_id(app)
    place = f"/module-editor/{number}"
    send(author, f"/module-files/{number}", page=place, files=(io.BytesIO(b"<script>"), "x.png"))
    assert "x.png" not in get(author, place)


def test_texts_in_one_language_are_listed_with_the_way_to_them(app: Flask) -> None:
    author = joined_by(app, a_learner(app), Role.AUTHOR)
    place = f"/module-editor/{module_id(app)}"
    assert "Every text is there in both languages" in get(author, "/module-editor/translations?page=9")
    send(author, place, **settings(title_th="", title_en="Only English"))
    page = get(author, "/module-editor/translations?language=th")
    assert "Only English" in page
    assert f"{place}#title_th" in page


@pytest.mark.parametrize("role", [Role.LEARNER, Role.MENTOR])
def test_learners_and_mentors_do_not_write(app: Flask, role: Role) -> None:
    visitor = joined_by(app, a_learner(app), role)
    for path in ("/module-editor", f"/module-editor/{module_id(app)}"):
        assert visitor.client.get(address(visitor, path)).status_code == 403


def test_another_courses_module_is_not_found(app: Flask) -> None:
    mine = joined_by(app, a_learner(app), Role.AUTHOR)
    number = module_id(app)
    other = joined_by(app, a_learner(app), Role.INSTRUCTOR)
    for path in (f"/module-editor/{number}", f"/module-extensions/{number}"):
        assert other.client.get(address(other, path)).status_code == 404
    assert get(mine, f"/module-editor/{number}")


def test_a_whole_group_is_given_more_time_at_once_and_nobody_else(app: Flask) -> None:
    learner = a_learner(app)
    mate, other = (joined_by(app, learner, Role.LEARNER, name) for name in ("ธนา", "แพร"))
    teacher = joined_by(app, learner, Role.INSTRUCTOR)
    place = f"/module-extensions/{module_id(app)}"
    group = sorted(int(each.enrolment_id or 0) for each in (learner, mate))
    with app.app_context(), transaction():
        db.session.execute(sa.update(Enrolment).where(Enrolment.id.in_(group)).values(group="North"))
        db.session.execute(
            sa.update(Enrolment).where(Enrolment.id == other.enrolment_id).values(group="South")
        )
    assert "<option>North</option>" in get(teacher, place)
    shown = send(teacher, f"{place}/preview", page=place, group="North", until=UNTIL, reason="a storm")
    named = sorted(int(each) for each in re.findall(r'name="learner" value="(\d+)"', shown.text))
    assert named == group
    kept: dict[str, object] = {"learner": [str(each) for each in group]}
    for each in group:
        kept |= {f"e{each}-until": UNTIL, f"e{each}-reason": "a storm"}
    assert send(teacher, f"{place}/save", page=place, **kept).status_code == 303
    with app.app_context():
        given = sa.select(ModuleExtension.enrolment_id, ModuleExtension.reason)
        stored = [tuple(row) for row in db.session.execute(given.order_by(ModuleExtension.enrolment_id))]
        assert stored == [(each, "a storm") for each in group]
    assert "(you have more time)" in get(mate, "/modules/PB1")
    assert "(you have more time)" not in get(other, "/modules/PB1")


def test_staff_give_more_time_after_seeing_the_difference_and_the_learner_sees_it(app: Flask) -> None:
    learner = a_learner(app)
    teacher = joined_by(app, learner, Role.INSTRUCTOR)
    place = f"/module-extensions/{module_id(app)}"
    shown = send(
        teacher,
        f"{place}/preview",
        page=place,
        learner=learner.enrolment_id,
        until=UNTIL,
        reason="a cold",
    )
    assert "This would change" in shown.text
    name = f"e{learner.enrolment_id}"
    kept = {"learner": learner.enrolment_id, f"{name}-until": UNTIL, f"{name}-reason": "a cold"}
    assert send(teacher, f"{place}/save", page=place, **kept).status_code == 303
    assert send(teacher, f"{place}/save", page=place, **kept).status_code == 303
    page = get(learner, "/modules/PB1")
    assert "(you have more time)" in page
    assert "a cold" not in page
    assert "a cold" in get(teacher, place)
    with app.app_context(), transaction():
        assert db.session.scalar(sa.select(sa.func.count()).select_from(ModuleExtension)) == 1
    early = send(
        teacher, f"{place}/preview", page=place, learner=learner.enrolment_id, until="2022-08-01T00:00"
    )
    assert early.status_code == 400
    assert "This is not later than everybody&#39;s due date." in early.text
    nobody = send(teacher, f"{place}/preview", page=place, until=UNTIL)
    assert nobody.status_code == 400
    faulty = send(teacher, f"{place}/list", page=place, text="name,due\nNobody,2022-09-20\n")
    assert faulty.status_code == 400
