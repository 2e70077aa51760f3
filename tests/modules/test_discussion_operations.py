"""Posts are written once, changed while they are new, hidden with a reason, and never lost."""

import datetime as dt

import pytest
import sqlalchemy as sa
from flask import Flask

from sca_lms.courses.models import Course, Enrolment
from sca_lms.courses.rules import Role
from sca_lms.database import db, transaction
from sca_lms.modules import discussing, discussion_operations, discussion_queries
from sca_lms.modules.discussion_operations import PostHidden, TooLateToEdit, TooManyPosts
from sca_lms.modules.models import DiscussionPost, UnitEvidence
from tests.builders import a_person, an_enrolment
from tests.modules.builders import a_course_with_modules, the_unit
from tests.modules.doings import EARLY, counted_statements, is_done, revision
from tests.modules.talks import a_talk, bodies, counted, verbs

MINUTE = dt.timedelta(minutes=1)
LONG, LONGER, SHORT = "Twelve signs", "Far more than twelve signs", "Short"


def a_discussion(**more: object) -> tuple[Course, Enrolment, Enrolment]:
    course = a_course_with_modules(a_talk(**more))
    return course, an_enrolment(course), an_enrolment(course, a_person("ข"))


def write(
    course: Course,
    writer: Enrolment,
    body: str = LONG,
    *,
    key: str = "key-00001",
    at: dt.datetime = EARLY,
    answers: DiscussionPost | None = None,
) -> DiscussionPost:
    unit = the_unit(course, "PB1.1")
    return discussion_operations.write(unit, writer, body, key=key, at=at, answers=answers)


def test_a_post_and_an_answer_complete_what_asks_for_both(app: Flask) -> None:
    with app.app_context(), transaction():
        course, learner, other = a_discussion()
        before = revision(learner)
        theirs = write(course, other)
        write(course, learner)
        assert not is_done(course, learner, "PB1.1")
        write(course, learner, key="key-00002", answers=theirs)
        assert is_done(course, learner, "PB1.1")
        assert not is_done(course, other, "PB1.1")
        assert revision(learner) == before + 2


def test_answering_oneself_is_no_answer_to_others(app: Flask) -> None:
    with app.app_context(), transaction():
        course, learner, _other = a_discussion()
        first = write(course, learner)
        write(course, learner, key="key-00002", answers=first)
        assert not is_done(course, learner, "PB1.1")


def test_a_form_sent_twice_is_one_post(app: Flask) -> None:
    with app.app_context(), transaction():
        course, learner, _other = a_discussion()
        assert write(course, learner).id == write(course, learner, "Another text").id
        assert bodies() == [LONG]
        assert counted() == [("posted", 11)]


def test_what_staff_write_is_no_evidence(app: Flask) -> None:
    with app.app_context(), transaction():
        course, _learner, _other = a_discussion()
        write(course, an_enrolment(course, a_person("ค"), roles={Role.INSTRUCTOR}))
        assert counted() == []


def test_a_text_that_grows_counts_from_then_on(app: Flask) -> None:
    with app.app_context(), transaction():
        course, learner, _other = a_discussion(posts=1, replies=0)
        post = write(course, learner, SHORT)
        assert not is_done(course, learner, "PB1.1")
        assert discussion_operations.edit(post, learner, LONG, at=EARLY + MINUTE)
        assert is_done(course, learner, "PB1.1")
        assert counted() == [("posted", 5), ("posted", 11)]
        assert post.edited_at == EARLY + MINUTE


def test_a_text_that_shrinks_no_longer_counts_for_what_it_was(app: Flask) -> None:
    with app.app_context(), transaction():
        course, learner, _other = a_discussion(posts=1, replies=0)
        post = write(course, learner, LONGER)
        discussion_operations.edit(post, learner, SHORT, at=EARLY + MINUTE)
        assert not is_done(course, learner, "PB1.1")
        assert counted() == [("posted", 22), ("withdrawn", None), ("posted", 5)]


def test_a_shorter_text_that_is_long_enough_keeps_its_moment(app: Flask) -> None:
    with app.app_context(), transaction():
        course, learner, _other = a_discussion(posts=1, replies=0)
        post = write(course, learner, LONGER)
        discussion_operations.edit(post, learner, LONG, at=EARLY + MINUTE)
        last = db.session.scalars(sa.select(UnitEvidence).order_by(UnitEvidence.id.desc())).first()
        assert last is not None
        assert (last.at, last.recorded_at) == (EARLY, EARLY + MINUTE)


def test_saving_the_same_text_is_no_edit(app: Flask) -> None:
    with app.app_context(), transaction():
        course, learner, _other = a_discussion()
        post = write(course, learner)
        assert not discussion_operations.edit(post, learner, LONG, at=EARLY + MINUTE)
        assert post.edited_at is None


def test_after_half_an_hour_a_post_stays_as_it_is(app: Flask) -> None:
    with app.app_context(), transaction():
        course, learner, _other = a_discussion()
        post = write(course, learner)
        with pytest.raises(TooLateToEdit):
            discussion_operations.edit(post, learner, LONGER, at=EARLY + 31 * MINUTE)
        assert bodies() == [LONG]


def test_a_hidden_post_is_kept_counts_no_longer_and_can_be_shown_again(app: Flask) -> None:
    with app.app_context(), transaction():
        course, learner, _other = a_discussion(posts=1, replies=0)
        post = write(course, learner)
        found = discussion_queries.find_post(the_unit(course, "PB1.1"), post.id)
        assert found is not None
        assert discussion_operations.hide(found, course, "names a person", by_id=None, at=EARLY + MINUTE)
        assert not discussion_operations.hide(found, course, "again", by_id=None, at=EARLY + MINUTE)
        assert (found.hidden_reason, bodies()) == ("names a person", [LONG])
        assert not is_done(course, learner, "PB1.1")
        assert discussion_operations.show_again(found, course, by_id=None, at=EARLY + 2 * MINUTE)
        assert not discussion_operations.show_again(found, course, by_id=None, at=EARLY + 2 * MINUTE)
        assert is_done(course, learner, "PB1.1")
        assert verbs()[-2:] == ["hide-post", "show-post"]


def test_a_hidden_post_and_a_thread_it_began_take_no_answers_and_no_changes(app: Flask) -> None:
    with app.app_context(), transaction():
        course, learner, other = a_discussion()
        first = write(course, other)
        answer = write(course, other, key="key-00002", answers=first)
        discussion_operations.hide(first, course, "off topic", by_id=None, at=EARLY)
        for answered in (first, answer):
            with pytest.raises(PostHidden):
                write(course, learner, answers=answered)
        with pytest.raises(PostHidden):
            discussion_operations.edit(first, other, LONGER, at=EARLY)


def test_nobody_floods_a_discussion(app: Flask) -> None:
    with app.app_context(), transaction():
        course, learner, _other = a_discussion()
        for number in range(discussing.MOST_POSTS):
            write(course, learner, key=f"key-{number:05d}")
        with pytest.raises(TooManyPosts):
            write(course, learner, key="one-too-many")
        later = EARLY + discussing.FLOOD_WINDOW
        assert write(course, learner, key="one-too-many", at=later).written_at == later


def test_threads_come_with_the_newest_post_first_and_count_their_answers(app: Flask) -> None:
    with app.app_context(), transaction():
        course, learner, other = a_discussion()
        first = write(course, learner)
        second = write(course, learner, key="key-00002")
        hidden = write(course, other, key="key-00003", answers=first)
        write(course, other, key="key-00004", answers=hidden)
        discussion_operations.hide(hidden, course, "off topic", by_id=None, at=EARLY)
        page = discussion_queries.threads(the_unit(course, "PB1.1"), number=1)
        assert [(thread.post.id, thread.replies) for thread in page.items] == [(first.id, 1), (second.id, 0)]


def test_an_answer_is_found_on_its_page_of_the_thread(app: Flask) -> None:
    with app.app_context(), transaction():
        course, learner, _other = a_discussion()
        first = write(course, learner)
        posts = [
            write(course, learner, key=f"key-1{number:04d}", at=EARLY + 11 * number * MINUTE, answers=first)
            for number in range(discussion_queries.REPLIES_PAGE + 1)
        ]
        assert [discussion_queries.page_of(post) for post in (first, posts[0], posts[-1])] == [1, 1, 2]
        assert len(discussion_queries.answers(first, number=2).items) == 1


def test_a_search_finds_words_and_takes_signs_as_they_are(app: Flask) -> None:
    with app.app_context(), transaction():
        course, learner, _other = a_discussion()
        write(course, learner, "ประสานงาน 100%_done")
        write(course, learner, "Something else", key="key-00002")
        unit = the_unit(course, "PB1.1")
        found = [
            discussion_queries.found_posts(unit, words, number=1).total for words in ("สานงาน", "%", "E")
        ]
        assert found == [1, 1, 2]


def test_the_number_of_statements_does_not_grow_with_the_posts(app: Flask) -> None:
    with app.app_context(), transaction():
        course, learner, other = a_discussion()
        first = write(course, learner)
        unit = the_unit(course, "PB1.1")
        counts = []
        for number in range(2):
            for each in range(9 * number):
                write(course, other, key=f"key-{each}-0000", answers=None if each % 2 else first)
            db.session.expire_all()
            db.session.refresh(unit)
            db.session.refresh(first)
            with counted_statements() as statements:
                for thread in discussion_queries.threads(unit, number=1).items:
                    assert thread.post.enrolment.person.full_name
                for post in discussion_queries.answers(first, number=1).items:
                    assert post.answers is not None
            counts.append(len(statements))
        assert counts[0] == counts[1]
