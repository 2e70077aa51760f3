"""The pages of a discussion: who may read and write, what is refused keeps its text, and staff hide posts."""

import datetime as dt
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from sca_lms.courses.models import Course, Enrolment
from sca_lms.courses.rules import Role
from sca_lms.database import db, transaction
from sca_lms.modules.models import DiscussionPost, Module
from tests.builders import a_person, an_enrolment, csrf_of, signed_in
from tests.modules.builders import BEFORE_CLASS, the_unit, with_modules
from tests.modules.builders import a_unit as unit_row
from tests.modules.talks import a_talk, bodies, verbs
from tests.modules.visitors import ENGLISH, Visitor, a_guest, a_learner, joined_by

UNIT, TALK = "/PB1/PB1.1", "/PB1/PB1.1/discussion"
TEXT = "The hardest case was the one with two offices."


@pytest.fixture(autouse=True)
def clock_hand() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(BEFORE_CLASS, tick=False) as traveller:
        yield traveller


def send(visitor: Visitor, path: str, page_from: str = UNIT, **fields: object) -> tuple[int, str]:
    page = visitor.client.get(visitor.address(page_from), headers=ENGLISH).text
    data = {"csrf_token": csrf_of(page), "key": "key-00001", "body": TEXT, **fields}
    answer = visitor.client.post(visitor.address(path), data=data, headers=ENGLISH)
    return answer.status_code, answer.text


def posts_of(app: Flask) -> list[int]:
    with app.app_context():
        return list(db.session.scalars(sa.select(DiscussionPost.id).order_by(DiscussionPost.id)))


def test_a_learner_writes_another_answers_and_both_see_what_is_missing(app: Flask) -> None:
    first = a_learner(app, a_talk())
    second = joined_by(app, first, Role.LEARNER)
    assert "Write 2 more posts of at least 10 characters each in" in first.page(UNIT)
    assert send(first, TALK)[0] == 303
    (post,) = posts_of(app)
    assert TEXT in second.page(UNIT)
    assert "1 of them has to answer somebody else." in first.page(UNIT)
    status, _page = send(
        second, f"{TALK}/{post}", key="key-00002", body="We **met** both of them.", to=str(post)
    )
    assert status == 303
    thread = first.page(f"{TALK}/{post}")
    assert "<strong>met</strong>" in thread
    assert "1 answer" in first.page(UNIT)
    assert "Write 1 more post" in second.page(UNIT)


@pytest.mark.parametrize("role", [Role.INSTRUCTOR, Role.MANAGER])
def test_staff_take_part_and_are_marked(app: Flask, role: Role) -> None:
    learner = a_learner(app, a_talk())
    staff = joined_by(app, learner, role)
    assert send(staff, TALK)[0] == 303
    page = learner.page(UNIT)
    assert TEXT in page
    assert "Staff" in page


@pytest.mark.parametrize("role", [Role.MENTOR, Role.AUTHOR])
def test_mentors_and_authors_see_the_question_and_no_posts(app: Flask, role: Role) -> None:
    learner = a_learner(app, a_talk())
    send(learner, TALK)
    reader = joined_by(app, learner, role)
    page = reader.page(UNIT)
    assert "Which case was the hardest?" in page
    assert TEXT not in page
    (post,) = posts_of(app)
    assert reader.client.get(reader.address(f"{TALK}/{post}")).status_code == 403
    assert send(reader, TALK)[0] == 403


def test_a_guest_reads_nothing(app: Flask) -> None:
    learner = a_learner(app, a_talk())
    send(learner, TALK)
    guest = a_guest(app, learner)
    assert guest.client.get(guest.address(f"{TALK}/{posts_of(app)[0]}")).status_code == 403


def test_what_is_refused_is_shown_again_with_the_text(app: Flask) -> None:
    learner = a_learner(app, a_talk())
    too_long = "word " * 2_500
    status, page = send(learner, TALK, body=too_long)
    assert status == 400
    assert too_long.strip() in page
    table = "|" + "a|" * 40 + "\n|" + "-|" * 40
    status, page = send(learner, TALK, body=table)
    assert status == 400
    assert "41 columns" in page or "40 columns" in page
    assert send(learner, TALK, body=" \u200b ")[0] == 400
    assert posts_of(app) == []


def test_an_answer_to_a_post_that_was_hidden_meanwhile_keeps_its_text(app: Flask) -> None:
    learner = a_learner(app, a_talk())
    send(learner, TALK)
    (post,) = posts_of(app)
    other, staff = joined_by(app, learner, Role.LEARNER), joined_by(app, learner, Role.INSTRUCTOR)
    page = other.page(f"{TALK}/{post}")
    assert send(staff, f"{TALK}/{post}/hide", reason="names a person")[0] == 303
    data = {"csrf_token": csrf_of(page), "key": "key-00002", "body": "My answer", "to": str(post)}
    answer = other.client.post(other.address(f"{TALK}/{post}"), data=data, headers=ENGLISH)
    assert answer.status_code == 400
    with app.app_context():
        assert bodies() == [TEXT]


def test_a_post_can_be_changed_by_its_writer_alone(app: Flask, clock_hand: time_machine.Traveller) -> None:
    learner = a_learner(app, a_talk())
    send(learner, TALK)
    (post,) = posts_of(app)
    other = joined_by(app, learner, Role.LEARNER)
    assert other.client.get(other.address(f"{TALK}/{post}/edit")).status_code == 403
    assert TEXT in learner.page(f"{TALK}/{post}/edit")
    assert send(learner, f"{TALK}/{post}/edit", body="Another text of mine")[0] == 303
    assert "edited" in other.page(UNIT)
    clock_hand.shift(dt.timedelta(hours=1))
    status, page = send(learner, f"{TALK}/{post}/edit", body="Too late now")
    assert status == 409
    assert "Too late now" in page


def test_staff_hide_a_post_with_a_reason_that_only_its_writer_and_staff_read(app: Flask) -> None:
    learner = a_learner(app, a_talk())
    send(learner, TALK)
    (post,) = posts_of(app)
    other, staff = joined_by(app, learner, Role.LEARNER), joined_by(app, learner, Role.INSTRUCTOR)
    assert send(other, f"{TALK}/{post}/hide", reason="mine")[0] == 403
    assert send(staff, f"{TALK}/{post}/hide", reason=" ")[0] == 400
    assert send(staff, f"{TALK}/{post}/hide", reason="names a person")[0] == 303
    assert TEXT not in other.page(UNIT)
    assert "names a person" not in other.page(f"{TALK}/{post}")
    for reader in (learner, staff):
        page = reader.page(UNIT)
        assert TEXT in page
        assert "names a person" in page
    assert TEXT not in other.page(f"{UNIT}?q=hardest")
    assert send(staff, f"{TALK}/{post}/show")[0] == 303
    assert TEXT in other.page(UNIT)
    with app.app_context():
        assert verbs()[-2:] == ["hide-post", "show-post"]


def test_the_address_of_an_answer_leads_to_its_place_in_the_thread(app: Flask) -> None:
    learner = a_learner(app, a_talk())
    send(learner, TALK)
    (first,) = posts_of(app)
    send(learner, f"{TALK}/{first}", key="key-00002")
    answer = learner.client.get(learner.address(f"{TALK}/{posts_of(app)[1]}"))
    assert answer.status_code == 303
    assert answer.location.endswith(f"{TALK}/{first}#post-{posts_of(app)[1]}")


def test_a_script_in_a_post_does_nothing(app: Flask) -> None:
    learner = a_learner(app, a_talk())
    send(
        learner,
        TALK,
        body="<script>alert(1)</script> [x](javascript:alert(1)) ![y](https://example.org/y.png)",
    )
    page = learner.page(UNIT)
    assert "<script>alert" not in page
    assert "javascript:" not in page.replace("](javascript:", "")
    assert 'https://example.org/y.png"' not in page


def test_a_module_for_one_group_is_discussed_in_that_group_alone(app: Flask) -> None:
    learner = a_learner(app, a_talk(posts=1, replies=0))
    with app.app_context(), transaction():
        db.session.execute(sa.update(Module).values(prerequisites={"all": [{"group": "A"}]}))
        db.session.execute(sa.update(Enrolment).values(group="A"))
    other = joined_by(app, learner, Role.LEARNER)
    assert send(learner, TALK)[0] == 303
    (post,) = posts_of(app)
    assert TEXT not in other.page(UNIT)
    assert send(other, TALK, page_from="")[0] == 403
    assert other.client.get(other.address(f"{TALK}/{post}")).status_code == 403
    with app.app_context(), transaction():
        db.session.execute(sa.update(Enrolment).where(Enrolment.id == learner.enrolment_id).values(group="B"))
    # What they completed stays done, but the group's discussion is no longer theirs to read.
    assert TEXT not in learner.page(UNIT)
    assert learner.client.get(learner.address(f"{TALK}/{post}")).status_code == 403


def test_posts_of_another_unit_or_course_are_not_there(app: Flask) -> None:
    units = [unit_row("PB1.1", "discussion"), unit_row("PB1.2", "discussion"), unit_row("PB1.3", "reading")]
    modules = {"code": "PB1", "title": "One", "minutes": 45, "completion": {"all_required_units": True}}
    learner = a_learner(app, with_modules({**modules, "units": units}))
    send(learner, TALK)
    (post,) = posts_of(app)
    stranger = a_learner(app, a_talk())
    assert learner.client.get(learner.address(f"/PB1/PB1.2/discussion/{post}")).status_code == 404
    assert learner.client.get(learner.address(f"/PB1/PB1.3/discussion/{post}")).status_code == 404
    assert stranger.client.get(stranger.address(f"{TALK}/{post}")).status_code == 404


@pytest.mark.parametrize("to", ["", "x", "99999999999", "0", "-1", "2147483648", "1,2"])
def test_an_answer_to_nothing_in_particular_answers_the_first_post(app: Flask, to: str) -> None:
    learner = a_learner(app, a_talk())
    send(learner, TALK)
    (post,) = posts_of(app)
    status, _page = send(
        learner, f"{TALK}/{post}?to={to}", page_from=f"{TALK}/{post}?to={to}", key="key-00002", to=to
    )
    assert status == 303
    with app.app_context():
        answers = db.session.scalars(sa.select(DiscussionPost.answers_id).order_by(DiscussionPost.id))
        assert list(answers) == [None, post]


def test_the_editor_asks_how_much_a_discussion_wants(app: Flask) -> None:
    learner = a_learner(app, a_talk())
    author = joined_by(app, learner, Role.AUTHOR)
    with app.app_context(), transaction():
        module_id = the_unit(db.session.get_one(Course, learner.course_id), "PB1.1").module_id
    place = f"/courses/{author.course_id}/module-editor/{module_id}/units/PB1.1"
    page = author.client.get(place, headers=ENGLISH).text
    fields = {
        "csrf_token": csrf_of(page), "seen": "0", "title_th": "คุย", "title_en": "Talk", "minutes": "15",
        "required": "y", "body_th": "คำถาม", "body_en": "Question",
        "least_posts": "1", "least_characters": "50", "least_replies": "2",
    }  # fmt: skip
    refused = author.client.post(place, data=fields, headers=ENGLISH)
    assert refused.status_code == 400
    assert "The answers are among the posts" in refused.text
    taken = author.client.post(place, data={**fields, "least_posts": "3"}, headers=ENGLISH)
    assert taken.status_code == 303
    assert "Question" in author.client.get(place.replace("/units/", "/preview/"), headers=ENGLISH).text


def test_an_answer_to_an_answer_says_whom_it_answers(app: Flask) -> None:
    learner = a_learner(app, a_talk())
    send(learner, TALK)
    (first,) = posts_of(app)
    with app.app_context(), transaction():
        course = db.session.get_one(Course, learner.course_id)
        someone = an_enrolment(course, a_person("มานี", "ใจดี")).id
    other = Visitor(signed_in(app, someone), learner.course_id, someone)
    send(other, f"{TALK}/{first}", key="key-00002")
    second = posts_of(app)[1]
    assert "Answer มานี ใจดี" in learner.page(f"{TALK}/{first}?to={second}")
    send(learner, f"{TALK}/{first}", key="key-00003", to=str(second))
    assert "answers มานี ใจดี" in learner.page(f"{TALK}/{first}")
