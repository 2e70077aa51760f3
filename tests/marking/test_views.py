"""The pages of marking: what staff see and send, what learners see, and what nobody sees too early."""

import datetime as dt
import io

import sqlalchemy as sa
import time_machine
from flask import Flask

from sca_lms.assignments.models import Work
from sca_lms.courses.models import Enrolment
from sca_lms.courses.rules import Role
from sca_lms.database import db, transaction
from sca_lms.marking import jobs
from sca_lms.marking.models import Annotation, BankComment, FeedbackFile, Mark, MarkDraft, Release
from sca_lms.marking.review import attempt_path, work_path
from tests.builders import a_course, an_enrolment, signed_in
from tests.marking.builders import a_work
from tests.marking.desk import AT, Desk, a_desk, count, later
from tests.statements import counted
from tests.uploads.test_uploads import HTML, PDF


def test_what_waits_is_listed_and_goes_when_it_is_marked(desk: Desk) -> None:
    page = desk.one.get(f"{desk.marking}/").text
    assert page.count("แพร แก้วมณี") == 2
    assert desk.mark(desk.one).status_code == 302
    assert desk.one.get(f"{desk.marking}/").text.count("แพร แก้วมณี") == 1


def test_filters_that_make_no_sense_limit_nothing_or_find_nothing(desk: Desk) -> None:
    for query in (
        "assignment=x",
        "assignment=999999999999",
        "quiz=-1",
        "what=never",
        "page=x",
    ):
        assert desk.one.get(f"{desk.marking}/?{query}").status_code == 200
    assert "แพร" not in desk.one.get(f"{desk.marking}/?q=ไม่มีใคร").text


def test_going_on_leads_through_all_that_waits_and_back_to_the_queue(desk: Desk) -> None:
    done = desk.mark(desk.one, action="next")
    assert "/marking/next?assignment=" in done.location
    assert desk.one.get(done.location).location.endswith("/marking/")


def test_a_draft_is_there_again_and_is_called_one(desk: Desk) -> None:
    kept = desk.post(
        desk.one, f"{desk.work}/draft", **{"level-C1": "3", "row_version": "0", "comment": "ครึ่งทาง"}
    )
    assert kept.get_json()["missing"] == 2
    page = desk.one.get(desk.work).text
    assert "ครึ่งทาง" in page
    assert 'name="level-C1" value="3" checked' in page
    assert "ครึ่งทาง" not in desk.other.get(desk.work).text
    desk.post(desk.one, f"{desk.work}/draft/discard")
    assert count(desk.app, MarkDraft) == 0


def test_a_conflict_shows_both_and_what_is_chosen_is_saved(desk: Desk) -> None:
    desk.mark(desk.one)
    answer = desk.mark(desk.other, **{"level-C1": "0", "comment": "ควรมีหลักฐาน"})
    assert answer.status_code == 409
    assert "ดีมาก" in answer.text
    assert "ควรมีหลักฐาน" in answer.text
    assert 'name="level-C1" value="0" checked' in answer.text
    assert 'name="row_version" value="1"' in answer.text
    assert count(desk.app, MarkDraft) == 1
    assert desk.mark(desk.other, 1, **{"level-C1": "4", "comment": "ดีมาก\n\nควรมีหลักฐาน"}).status_code == 302
    with desk.app.app_context():
        mark = db.session.scalars(sa.select(Mark)).one()
        assert (mark.row_version, mark.levels["C1"]) == (2, "4")
    assert count(desk.app, MarkDraft) == 0


def test_a_second_click_on_save_saves_nothing_twice_and_is_no_conflict(desk: Desk) -> None:
    for _click in range(2):
        assert desk.mark(desk.one, feedback=(io.BytesIO(PDF), "note.pdf")).status_code == 302
    assert count(desk.app, FeedbackFile) == 1
    assert desk.mark(desk.one, comment="อย่างอื่น").status_code == 409
    assert desk.mark(desk.other).status_code == 409
    with desk.app.app_context():
        assert db.session.scalars(sa.select(Mark.row_version)).one() == 1


def test_points_that_cannot_be_are_explained_and_nothing_typed_is_lost(app: Flask) -> None:
    with time_machine.travel(AT, tick=False):
        desk = a_desk(app)
        attempt = f"{desk.marking}/attempts/{desk.attempt_id}"
        answer = desk.post(desk.one, attempt, **{"answer-0": "99", "remark-0": "ดี", "row_version": "0"})
        assert answer.status_code == 400
        assert 'value="99"' in answer.text
        assert "ดี" in desk.one.get(attempt).text
        assert desk.post(desk.one, attempt, **{"answer-0": "7,5", "row_version": "0"}).status_code == 302


def test_learners_see_nothing_before_the_release_takes_effect(desk: Desk) -> None:
    result = f"{desk.marking}/results/works/{desk.work_id}"
    desk.mark(desk.one)
    assert desk.learner.get(result).status_code == 404
    assert desk.release().status_code == 302
    assert desk.learner.get(result).status_code == 404
    with later(desk, 10):
        page = desk.learner.get(result)
        assert "36.11" in page.text
        assert "ระดับที่ 4" in page.text
        assert desk.classmate.get(result).status_code == 404
        assert desk.learner.get(desk.work).status_code == 403


def test_undo_is_one_click_while_it_is_possible(desk: Desk) -> None:
    desk.mark(desk.one)
    desk.release()
    page = desk.one.get(f"{desk.marking}/releases").text
    assert 'data-seconds="600"' in page
    desk.post(desk.one, f"{desk.marking}/releases/1/undo")
    with later(desk, 11), desk.app.app_context():
        jobs.settle_releases(AT + dt.timedelta(minutes=11))
        assert db.session.scalars(sa.select(Mark.release_id)).one() is None
    assert desk.learner.get(f"{desk.marking}/results/works/{desk.work_id}").status_code == 404


def test_another_look_goes_from_the_learner_to_the_answer(desk: Desk) -> None:
    desk.mark(desk.one)
    desk.release()
    result = f"{desk.marking}/results/works/{desk.work_id}"
    with later(desk, 20):
        assert desk.post(desk.learner, f"{result}/requests", text="ข้อ 2 ตกหล่น").status_code == 302
        assert desk.post(desk.learner, f"{result}/requests", text="อีกครั้ง").status_code == 409
        assert "ข้อ 2 ตกหล่น" in desk.one.get(desk.work).text
        assert "ข้อ 2 ตกหล่น" in desk.one.get(f"{desk.marking}/requests/1").text
        assert desk.mark(desk.one, 1).status_code == 409
        changed = desk.mark(desk.one, 1, **{"level-C2": "4", "reason": "นับข้อ 2 แล้ว"})
        assert changed.status_code == 302
        page = desk.learner.get(result).text
        assert "นับข้อ 2 แล้ว" in page
        assert desk.one.get(f"{desk.marking}/requests?state=answered").text.count("แพร") == 1


def test_a_hidden_name_is_nowhere(app: Flask) -> None:
    with time_machine.travel(AT, tick=False):
        desk = a_desk(app, anonymous=True)
        page = desk.one.get(desk.work).text
        assert "แพร" not in page
        assert "แพร" not in desk.one.get(f"{desk.marking}/?assignment=1").text
        address = page.split("download>")[0].rsplit('href="', 1)[1].split('"')[0]
        handed_out = desk.one.get(address)
        assert handed_out.status_code == 200
        assert "%E0%B9%81" not in handed_out.headers["Content-Disposition"]
        desk.mark(desk.one)
        assert "แพร" not in desk.one.get(f"{desk.marking}/releases/new?assignment=1").text


def test_the_second_marker_sees_nothing_of_the_first_until_both_have_marked(app: Flask) -> None:
    with time_machine.travel(AT, tick=False):
        desk = a_desk(app, two_markers=True)
        desk.mark(desk.one, comment="ความเห็นแรก")
        desk.post(desk.one, f"{desk.work}/annotations", text="หมายเหตุแรก", starts="0", ends="5")
        page = desk.other.get(desk.work).text
        assert "ความเห็นแรก" not in page
        assert "หมายเหตุแรก" not in page
        assert 'value="4" checked' not in page
        assert desk.other.get(f"{desk.work}/agree").status_code == 403
        desk.mark(desk.other, **{"level-C1": "0", "comment": "ความเห็นที่สอง"})
        both = desk.other.get(desk.work, follow_redirects=True).text
        assert "ความเห็นแรก" in both
        assert 'class="differs"' in both
        agreed = {"level-C1": "2", "level-C2": "2", "level-C3": "3", "row_version": "0", "submission": "1"}
        assert desk.post(desk.other, f"{desk.work}/agree", **agreed).status_code == 302


def test_files_come_back_to_the_learner_and_to_nobody_else(desk: Desk) -> None:
    refused = desk.mark(desk.one, feedback=(io.BytesIO(HTML), "note.pdf"))
    assert refused.status_code == 409
    assert count(desk.app, Mark) == 0
    assert desk.mark(desk.one, feedback=(io.BytesIO(PDF), "note.pdf")).status_code == 302
    with desk.app.app_context():
        file_id = db.session.scalars(sa.select(FeedbackFile.file_id)).one()
    desk.release()
    with later(desk, 10):
        address = f"{desk.marking}/results/works/{desk.work_id}/files/{file_id}"
        assert desk.learner.get(address).headers["Content-Disposition"].startswith("attachment")
        assert desk.classmate.get(address).status_code == 404


def test_comments_stand_beside_the_passage_they_are_about(desk: Desk) -> None:
    desk.post(desk.one, f"{desk.work}/annotations", text="จำนวนชัดเจน", quote="640 คนต่อวัน")
    desk.post(
        desk.one, f"{desk.work}/annotations", text="ทั้งสองอย่าง", quote="ผู้ค้าเดินไกล", page="1", left="1", top="1"
    )
    desk.post(desk.one, f"{desk.work}/annotations", text="ไม่มีที่", quote="ไม่มีในข้อความ")
    desk.post(desk.one, f"{desk.work}/annotations", text="บนหน้า", file="1", page="1", left="500", top="250")
    desk.post(desk.one, f"{desk.work}/annotations", text="นอกหน้า", file="1", page="1", left="5000", top="250")
    page = desk.one.get(desk.work).text
    assert '<mark data-numbers="2">640 คนต่อวัน</mark>' in page
    assert 'data-left="500"' in page
    with desk.app.app_context():
        assert db.session.scalars(sa.select(Annotation.text).order_by(Annotation.id)).all() == [
            "จำนวนชัดเจน",
            "ทั้งสองอย่าง",
            "บนหน้า",
        ]
    desk.post(desk.other, f"{desk.work}/annotations/1/delete")
    assert count(desk.app, Annotation) == 3
    desk.post(desk.one, f"{desk.work}/annotations/1/delete")
    assert count(desk.app, Annotation) == 2


def test_the_bank_keeps_own_and_shared_comments_apart(desk: Desk) -> None:
    desk.post(desk.one, f"{desk.marking}/comments", th="ไว้ใช้เอง")
    desk.post(desk.one, f"{desk.marking}/comments", th="ของทุกคน", en="For all", shared="y")
    desk.post(desk.one, f"{desk.marking}/comments", th="ของทุกคน", en="For all", shared="y")
    assert desk.post(desk.one, f"{desk.marking}/comments").status_code == 400
    page = desk.other.get(desk.work).text
    assert "ของทุกคน" in page
    assert "ไว้ใช้เอง" not in page
    assert desk.post(desk.other, f"{desk.marking}/comments/1/delete").status_code == 404
    assert desk.post(desk.one, f"{desk.marking}/comments/1/delete").status_code == 302
    assert count(desk.app, BankComment) == 1


def test_nobody_marks_their_own_and_another_course_finds_nothing(app: Flask, desk: Desk) -> None:
    with app.app_context(), transaction():
        stranger = an_enrolment(a_course(), roles={Role.INSTRUCTOR}).id
        learner = db.session.scalars(sa.select(Work.enrolment_id).where(Work.id == desk.work_id)).one()
        both = db.session.get_one(Enrolment, learner)
        both.roles = frozenset({Role.LEARNER, Role.INSTRUCTOR})
    assert signed_in(app, learner).get(desk.work).status_code == 403
    elsewhere = signed_in(app, stranger)
    assert elsewhere.get(desk.work).status_code == 404
    assert (
        elsewhere.get(
            desk.work.replace(f"/courses/{desk.course_id}", f"/courses/{desk.course_id + 1}")
        ).status_code
        == 404
    )


def test_a_review_of_a_host_leads_to_the_grader(app: Flask, desk: Desk) -> None:
    with app.app_context():
        learner = db.session.scalars(sa.select(Work.enrolment_id).where(Work.id == desk.work_id)).one() or 0
    with app.test_request_context():
        assert work_path(desk.course_id, "a1", learner) == desk.work
        assert work_path(desk.course_id, "A1", learner + 1) is None
        assert attempt_path(desk.course_id, "Q1", learner) == f"{desk.marking}/attempts/{desk.attempt_id}"


def test_the_grader_costs_the_same_whatever_waits(app: Flask, desk: Desk) -> None:
    def statements() -> int:
        with counted(app) as seen:
            assert desk.one.get(desk.work).status_code == 200
            assert desk.one.get(f"{desk.marking}/").status_code == 200
        return len(seen)

    statements()
    few = statements()
    with app.app_context(), transaction():
        work = db.session.get_one(Work, desk.work_id, options=[sa.orm.joinedload(Work.assignment)])
        course = db.session.get_one(
            Enrolment, work.enrolment_id, options=[sa.orm.joinedload(Enrolment.course)]
        ).course
        for _ in range(24):
            a_work(work.assignment, an_enrolment(course))
    assert statements() == few


def test_a_second_click_on_release_says_that_it_is_done(desk: Desk) -> None:
    desk.mark(desk.one)
    assert desk.release().status_code == 302
    again = desk.release()
    assert again.status_code == 303
    assert "ประกาศคะแนนเหล่านี้ไปแล้ว" in desk.one.get(again.location).text
    with desk.app.app_context():
        assert db.session.scalars(sa.select(sa.func.count()).select_from(Release)).one() == 1
