"""Drafts are not overwritten unseen, versions are handed in once, and teams share what they do."""

import datetime as dt
import threading
from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa
from flask import Flask

from sca_lms.assignments import extensions, queries, teams, work_lists, writing
from sca_lms.assignments.extensions import Planned
from sca_lms.assignments.models import Assignment, AssignmentTeam, Submission, Work, WorkFile
from sca_lms.assignments.rules import WorkState
from sca_lms.courses.models import Course, Enrolment
from sca_lms.courses.rules import Actor, Role
from sca_lms.database import db, transaction
from sca_lms.uploads.models import StoredFile
from tests.assignments.builders import CLOSE, DAY, DUE, HOUR, NINE, an_assignment
from tests.builders import a_course, a_person, an_enrolment
from tests.statements import counted


@pytest.fixture
def course(app: Flask) -> Iterator[Course]:
    """Operations are called directly here, so the context may stay open; no client is used beside it."""
    with app.app_context():
        with transaction():
            made = a_course()
        yield made


@pytest.fixture
def learner(course: Course) -> Enrolment:
    with transaction():
        return an_enrolment(course)


def begin(assignment: Assignment, learner: Enrolment, team: AssignmentTeam | None = None) -> Work:
    with transaction():
        return writing.open_work(assignment, learner, team)


def write(assignment: Assignment, work: Work, text: str, *, based_on: int, at: dt.datetime = NINE) -> int:
    with transaction():
        return writing.save_draft(assignment, work, text=text, link="", based_on=based_on, at=at)


def hand_in(
    assignment: Assignment, work: Work, learner: Enrolment, *, seen: int = 0, at: dt.datetime = NINE
) -> Submission:
    with transaction():
        return writing.hand_in(assignment, work, learner, seen_versions=seen, at=at)


def a_file(course: Course, name: str) -> StoredFile:
    stored = StoredFile(
        course_id=course.id, key=name, name=name, media_type="text/plain", size=3, sha256="0" * 64,
        created_at=NINE,
    )  # fmt: skip
    db.session.add(stored)
    db.session.flush()
    return stored


def revision_of(learner: Enrolment) -> int:
    return db.session.scalars(sa.select(Enrolment.evidence_revision).where(Enrolment.id == learner.id)).one()


def give_time(assignment: Assignment, course: Course, learner: Enrolment, until: dt.datetime) -> None:
    with transaction():
        extensions.apply(assignment, course, [Planned(learner, None, until, "ill")], person_id=None, at=NINE)


def test_a_draft_saved_elsewhere_is_not_overwritten(course: Course, learner: Enrolment) -> None:
    with transaction():
        assignment = an_assignment(course)
    work = begin(assignment, learner)
    second = write(assignment, work, "first", based_on=1)
    with pytest.raises(writing.DraftMoved):
        write(assignment, work, "other", based_on=1)
    assert queries.own_work(assignment, learner.id, None).draft_text == "first"  # type: ignore[union-attr]  # It was begun.
    assert write(assignment, work, "first", based_on=1) == second, "a repeat says the same and is harmless"
    assert write(assignment, work, "other", based_on=second) == second + 1


def test_a_version_is_handed_in_once_however_often_it_is_sent(course: Course, learner: Enrolment) -> None:
    with transaction():
        assignment = an_assignment(course)
    work = begin(assignment, learner)
    write(assignment, work, "done", based_on=1)
    before = revision_of(learner)
    first = hand_in(assignment, work, learner)
    assert hand_in(assignment, work, learner, at=NINE + HOUR).id == first.id
    assert revision_of(learner) == before + 1
    write(assignment, work, "better", based_on=2)
    second = hand_in(assignment, work, learner, seen=1, at=NINE + HOUR)
    assert (second.number, second.text) == (2, "better")
    assert [each.text for each in queries.submissions_of(work.id)] == ["better", "done"]


def test_nothing_is_taken_before_or_after_its_time_or_without_content(
    course: Course, learner: Enrolment
) -> None:
    with transaction():
        assignment = an_assignment(course, opens_at=NINE, most_versions=1)
    work = begin(assignment, learner)
    with pytest.raises(writing.NothingToHandIn):
        hand_in(assignment, work, learner)
    write(assignment, work, "early", based_on=1)
    with pytest.raises(writing.NotTaken):
        hand_in(assignment, work, learner, at=NINE - HOUR)
    with pytest.raises(writing.NotTaken):
        hand_in(assignment, work, learner, at=CLOSE + HOUR)
    with pytest.raises(writing.NotTaken):
        write(assignment, work, "late", based_on=2, at=CLOSE + HOUR)
    hand_in(assignment, work, learner)
    write(assignment, work, "again", based_on=2)
    with pytest.raises(writing.NoVersionsLeft):
        hand_in(assignment, work, learner, seen=1)


def test_an_extension_keeps_the_door_open_and_the_version_in_time(course: Course, learner: Enrolment) -> None:
    with transaction():
        assignment = an_assignment(course)
    work = begin(assignment, learner)
    write(assignment, work, "done", based_on=1)
    hand_in(assignment, work, learner, at=DUE + HOUR)
    assert queries.standing(course.id, [learner.id])[learner.id, assignment.id].late
    before = revision_of(learner)
    give_time(assignment, course, learner, CLOSE + DAY)
    assert not queries.standing(course.id, [learner.id])[learner.id, assignment.id].late
    assert revision_of(learner) == before + 1
    write(assignment, work, "more", based_on=2, at=CLOSE + HOUR)
    assert hand_in(assignment, work, learner, seen=1, at=CLOSE + HOUR).number == 2


@pytest.mark.parametrize(
    "link",
    ["http://example.org", "https://", "javascript:alert(1)", "https://user@example.org", "https://a b.org",
     "https://example.org:99999999/", "https://localhost/", "//example.org", "https://[bad"],
)  # fmt: skip
def test_a_link_that_is_not_plainly_https_is_refused(course: Course, learner: Enrolment, link: str) -> None:
    with transaction():
        assignment = an_assignment(course)
    work = begin(assignment, learner)
    with pytest.raises(writing.BadLink), transaction():
        writing.save_draft(assignment, work, text="", link=link, based_on=1, at=NINE)


def test_a_link_in_thai_letters_is_taken() -> None:
    assert writing.is_safe_link("https://เมืองอัจฉริยะ.ไทย/โครงการ?q=1")


def test_a_file_stays_with_the_version_it_was_handed_in_with(course: Course, learner: Enrolment) -> None:
    with transaction():
        assignment = an_assignment(course)
        work = writing.open_work(assignment, learner, None)
        kept, never = (
            writing.add_file(work, a_file(course, name), at=NINE).file for name in ("kept.txt", "never.txt")
        )
    with pytest.raises(writing.TooManyFiles), transaction():
        writing.refuse_another_file(assignment, work, at=NINE)
    with transaction():
        assert writing.remove_file(assignment, work, never.id, at=NINE) == "never.txt"
    submission = hand_in(assignment, work, learner)
    with transaction():
        assert writing.remove_file(assignment, work, kept.id, at=NINE) is None
        assert writing.remove_file(assignment, work, kept.id, at=NINE) is None, "gone already is fine"
    assert [entry.file.name for entry in queries.files_of([submission.id])[submission.id]] == ["kept.txt"]
    assert queries.draft_files(work.id) == []


@pytest.fixture
def team_work(course: Course, learner: Enrolment) -> tuple[Assignment, AssignmentTeam, Enrolment]:
    with transaction():
        mate = an_enrolment(course, a_person("ธนา", "ใจดี"))
        assignment = an_assignment(course, by_team=True)
        team = teams.create_team(assignment, "เหนือ")
        everybody = {learner.id: learner, mate.id: mate}
        teams.place(assignment, course, dict.fromkeys(everybody, team), everybody, person_id=None, at=NINE)
    return assignment, team, mate


def test_one_hands_in_for_the_whole_team(
    course: Course, learner: Enrolment, team_work: tuple[Assignment, AssignmentTeam, Enrolment]
) -> None:
    assignment, team, mate = team_work
    work = begin(assignment, learner, team)
    assert begin(assignment, mate, team).id == work.id
    write(assignment, work, "ours", based_on=1)
    before = [revision_of(each) for each in (learner, mate)]
    hand_in(assignment, work, mate)
    assert [revision_of(each) for each in (learner, mate)] == [number + 1 for number in before]
    found = queries.standing(course.id, [learner.id, mate.id])
    assert {key[0] for key in found} == {learner.id, mate.id}
    assert [each.id for each in queries.people_of(work)] == sorted(
        [learner.id, mate.id], key=lambda i: i != mate.id
    )


def test_what_a_mate_handed_in_meanwhile_is_looked_at_first(
    course: Course, learner: Enrolment, team_work: tuple[Assignment, AssignmentTeam, Enrolment]
) -> None:
    assignment, team, mate = team_work
    work = begin(assignment, learner, team)
    write(assignment, work, "mate's", based_on=1)
    hand_in(assignment, work, mate)
    write(assignment, work, "mine", based_on=2)
    with pytest.raises(writing.HandedInMeanwhile):
        hand_in(assignment, work, learner, seen=0)
    assert hand_in(assignment, work, learner, seen=1).number == 2


def test_the_longest_extension_of_a_team_holds_for_all(
    course: Course, learner: Enrolment, team_work: tuple[Assignment, AssignmentTeam, Enrolment]
) -> None:
    assignment, team, mate = team_work
    give_time(assignment, course, mate, DUE + DAY)
    assert queries.extension_of(assignment, learner.id, team) == DUE + DAY
    assert queries.extensions_for(course.id, learner.id) == {assignment.id: DUE + DAY}
    work = begin(assignment, learner, team)
    assert queries.extended_to([work]) == {work.id: DUE + DAY}
    write(assignment, work, "ours", based_on=1)
    hand_in(assignment, work, learner, at=DUE + HOUR)
    found = queries.standing(course.id, [learner.id, mate.id])
    assert [found[each.id, assignment.id].late for each in (learner, mate)] == [False, False]


def test_without_a_team_nothing_can_be_begun(course: Course, learner: Enrolment) -> None:
    with transaction():
        assignment = an_assignment(course, by_team=True)
    with pytest.raises(writing.NoTeam), transaction():
        writing.open_work(assignment, learner, None)


def test_standing_takes_one_statement_for_however_many(app: Flask, course: Course) -> None:
    with transaction():
        people = [an_enrolment(course, a_person(f"คน{number}")) for number in range(4)]
        assignments = [an_assignment(course, f"A{number}") for number in range(3)]
        for assignment in assignments:
            for each in people:
                work = writing.open_work(assignment, each, None)
                writing.save_draft(assignment, work, text="x", link="", based_on=1, at=NINE)
                writing.hand_in(assignment, work, each, seen_versions=0, at=NINE)
    db.session.expunge_all()
    with counted(app) as statements:
        found = queries.standing(course.id, [each.id for each in people])
    assert len(found) == 12
    assert len([line for line in statements if line.startswith(("SELECT", "WITH"))]) == 1
    assert {each.versions for each in found.values()} == {1}


def test_the_list_of_staff_shows_where_everybody_stands(course: Course, learner: Enrolment) -> None:
    with transaction():
        other = an_enrolment(course, a_person("ธนา", "ใจดี"))
        assignment = an_assignment(course)
    work = begin(assignment, learner)
    write(assignment, work, "done", based_on=1)
    hand_in(assignment, work, learner, at=DUE + HOUR)
    staff = Actor(course.id, None, None, frozenset({Role.INSTRUCTOR}), is_test=False, locale=None)
    page = work_lists.works_of(staff, assignment, at=DUE + HOUR)
    assert {row.people[0].id: row.state for row in page.items} == {
        learner.id: WorkState.HANDED_IN_LATE, other.id: WorkState.OVERDUE,
    }  # fmt: skip
    assert work_lists.works_of(staff, assignment, search="ธนา", at=DUE).total == 1
    assert queries.tallies(course.id) == {assignment.id: queries.Tally(1, 1)}


# ---------------------------------------------------------------- two at the same moment


def race(app: Flask, act: Callable[[], object], *, times: int = 2) -> list[object]:
    """Let several threads do the same at once, each with a session of its own; return what came of it."""
    found: list[object] = []
    start = threading.Barrier(times)

    def run() -> None:
        with app.app_context():
            start.wait()
            try:
                found.append(act())
            except writing.DraftMoved:
                found.append("moved")

    threads = [threading.Thread(target=run) for _number in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def test_of_two_who_hand_in_at_once_one_version_is_kept(app: Flask) -> None:
    with app.app_context(), transaction():
        learner = an_enrolment(a_course())
        assignment = an_assignment(learner.course)
        work = writing.open_work(assignment, learner, None)
        writing.save_draft(assignment, work, text="done", link="", based_on=1, at=NINE)
        ids = (assignment.id, learner.id, work.id)

    def act() -> object:
        with transaction():
            found, who, own = (
                db.session.get_one(kind, number)
                for kind, number in zip((Assignment, Enrolment, Work), ids, strict=True)
            )
            return writing.hand_in(found, own, who, seen_versions=0, at=NINE).number  # type: ignore[arg-type]  # One row of each kind.

    assert race(app, act, times=4) == [1, 1, 1, 1]
    with app.app_context():
        assert db.session.scalar(sa.select(sa.func.count()).select_from(Submission)) == 1


def test_of_two_who_save_at_once_one_is_shown_both_texts(app: Flask) -> None:
    with app.app_context(), transaction():
        learner = an_enrolment(a_course())
        assignment = an_assignment(learner.course)
        ids = (assignment.id, writing.open_work(assignment, learner, None).id)

    def act() -> object:
        with transaction():
            found, work = db.session.get_one(Assignment, ids[0]), db.session.get_one(Work, ids[1])
            text = threading.current_thread().name
            return writing.save_draft(found, work, text=text, link="", based_on=1, at=NINE)

    assert sorted(map(str, race(app, act))) == ["2", "moved"]


def test_of_two_who_begin_at_once_both_write_the_same_work(app: Flask) -> None:
    with app.app_context(), transaction():
        learner = an_enrolment(a_course())
        ids = (an_assignment(learner.course).id, learner.id)

    def act() -> object:
        with transaction():
            found, who = db.session.get_one(Assignment, ids[0]), db.session.get_one(Enrolment, ids[1])
            return writing.open_work(found, who, None).id

    assert len(set(race(app, act))) == 1
    with app.app_context():
        assert db.session.scalar(sa.select(sa.func.count()).select_from(Work)) == 1
        assert db.session.scalar(sa.select(sa.func.count()).select_from(WorkFile)) == 0
