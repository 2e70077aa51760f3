"""Let the sample's staff have looked after those who are noticed, and let a report come every week.

Invented like everything else: a call that is due to be followed up today, a plan, a captain who was asked and
has answered, one message to several, and the manager's weekly report, of which one is due.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from sca_lms.courses.models import Enrolment
from sca_lms.database import db
from sca_lms.demo.cohort import Cohort
from sca_lms.guidance import interventions, messages, report_operations, snapshots
from sca_lms.guidance.interventions import Deed
from sca_lms.guidance.models import Intervention, InterventionKind, LearnerSnapshot, ReportKind, Rhythm
from sca_lms.texts import Bilingual

DAY = dt.timedelta(days=1)
MONDAY = 0
REPORT_SET_DAYS_AGO = 9
"""More than a week, so that a first report is due whatever the weekday."""


@dataclass(frozen=True, slots=True)
class Care:
    """What was done about one learner: the nth of those who are noticed, the most pressing first."""

    place: int
    kind: InterventionKind
    text: str
    days_ago: int
    look_again_in: int
    """Days from now; a day that has come is due."""
    outcome: str = ""
    """What came of it, where it is closed."""


CARES = (
    Care(
        0, InterventionKind.CALL, "โทรคุยแล้ว ติดงานประจำช่วงเช้า ขอให้หัวหน้าออกหนังสือให้เวลา (ข้อมูลตัวอย่าง)",
        days_ago=4, look_again_in=0,
    ),
    Care(
        1, InterventionKind.PLAN, "ตกลงเข้าครบทุกคาบสัปดาห์นี้ และเรียนบทที่ค้างวันละหนึ่งบท (ข้อมูลตัวอย่าง)",
        days_ago=2, look_again_in=3,
    ),
    Care(
        2, InterventionKind.CAPTAIN, "ขอให้พี่เลี้ยงช่วยดูเรื่องการเดินทาง (ข้อมูลตัวอย่าง)",
        days_ago=6, look_again_in=-1, outcome="พี่เลี้ยงจัดรถร่วมกับจังหวัดใกล้เคียงแล้ว (ข้อมูลตัวอย่าง)",
    ),
)  # fmt: skip
REMINDER = Bilingual(
    "บทเรียนก่อนเข้าค่ายยังไม่ครบ ทำต่อได้ทุกเย็นจนจบค่าย ติดตรงไหนตอบกลับวิทยากรได้ทันที (ข้อมูลตัวอย่าง)",
    "Some of your modules are not finished. You can go on every evening until the camp ends (sample data).",
)
REMINDED = slice(1, 5)
"""Those of the noticed to whom the message went."""
REMINDED_DAYS_AGO = 1


def look_after(cohort: Cohort, manager: Enrolment, *, at: dt.datetime) -> None:
    """Note what was done so far, and set the report."""
    noticed = _noticed(cohort, at=at)
    by = cohort.instructor.person_id
    for care in CARES:
        for learner in noticed[care.place : care.place + 1]:
            _note(cohort, learner, care, at=at)
    told = noticed[REMINDED]
    if told:
        messages.send(
            cohort.course, told, REMINDER, who=cohort.instructor.person.full_name, token="sample",  # noqa: S106 - The name of a form that is sent once.
            person_id=by, at=at - REMINDED_DAYS_AGO * DAY,
        )  # fmt: skip
    report_operations.add(
        cohort.course, manager, ReportKind.NOTICED, Rhythm.WEEKLY, MONDAY, cohort.course.default_locale,
        at=at - REPORT_SET_DAYS_AGO * DAY,
    )  # fmt: skip


def _noticed(cohort: Cohort, *, at: dt.datetime) -> Sequence[Enrolment]:
    """Return those who are noticed, the most pressing first, as the worker would find them."""
    snapshots.refresh(cohort.course, cohort.learners, at=at)
    order = db.session.scalars(
        sa.select(LearnerSnapshot.enrolment_id)
        .where(LearnerSnapshot.course_id == cohort.course.id, LearnerSnapshot.risk > 0)
        .order_by(LearnerSnapshot.risk.desc(), LearnerSnapshot.enrolment_id)
    )
    known = {each.id: each for each in cohort.learners}
    return [known[each] for each in order if each in known]


def _note(cohort: Cohort, learner: Enrolment, care: Care, *, at: dt.datetime) -> None:
    course, by = cohort.course, cohort.instructor.person_id
    noted_at = at - care.days_ago * DAY
    deed = Deed(care.kind, care.text, snapshots.today(course, at + care.look_again_in * DAY))
    interventions.record(course, [learner], deed, token=f"sample-{care.place}", person_id=by, at=noted_at)
    if care.outcome:
        noted = db.session.scalars(
            sa.select(Intervention).where(Intervention.enrolment_id == learner.id)
        ).one()
        interventions.close(course, noted, care.outcome, person_id=by, at=at + care.look_again_in * DAY)
