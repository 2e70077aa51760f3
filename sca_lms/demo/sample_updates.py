"""Let two monthly updates have been held, and let the sample ambassadors have written about them.

The programme's year begins after the bootcamp; in the sample two of its updates were brought forward, so that
there is something to read, to accept and to send back. Speakers and partners are invented.
"""

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sca_lms.attendance import door, timetable
from sca_lms.attendance.door import Act
from sca_lms.attendance.models import Source
from sca_lms.attendance.rules import Presence
from sca_lms.courses.models import Enrolment
from sca_lms.demo.cohort import Cohort
from sca_lms.texts import Bilingual
from sca_lms.updates import operations, queries, reflecting
from sca_lms.updates.models import KnowledgeUpdate
from sca_lms.updates.operations import About, Speaker

BEGINS, LASTS, MINUTE = dt.time(13, 30), dt.timedelta(hours=2), dt.timedelta(minutes=1)
WITHOUT_RECORDING = 2
REFLECTIONS = (
    "เห็นตัวอย่างบริการออนไลน์ที่เทศบาลของผมทำได้ทันที จะเริ่มจากแบบฟอร์มร้องเรียนและตั้งเวลาตอบกลับให้ชัดเจน",
    "ได้แนวคิดเรื่องการเปิดข้อมูลระดับน้ำให้ชุมชนดูเอง จะนำไปคุยกับพี่เลี้ยงและกองช่างในสัปดาห์หน้า",
    "ข้อมูลที่ดีเริ่มจากคนเก็บข้อมูล ต้องอบรมเจ้าหน้าที่ก่อนซื้ออุปกรณ์ และกำหนดผู้รับผิดชอบให้ชัด",
    "สนุกดีครับ",
)
ANSWER = "ขอบคุณค่ะ ช่วยยกตัวอย่างสิ่งที่จะนำไปใช้กับเมืองของคุณหนึ่งเรื่อง"


@dataclass(frozen=True, slots=True)
class Held:
    """An update of the sample that is over: how long ago, who spoke, and what it touches beside its own."""

    number: int
    days_ago: int
    speaker: Bilingual
    partner: Bilingual
    beside: tuple[str, ...]
    present: int
    """So many learners were there to the end; the next one left after an hour, the others stayed away."""
    accepted: int
    waiting: int


HELD = (
    Held(
        1, 24, Bilingual("ดร. วิทยา ตัวอย่าง (สมมติ)", "Dr Wittaya Tuayang (fictional)"),
        Bilingual("เครือข่ายเมืองตัวอย่าง (สมมติ)", "Sample Cities Network (fictional)"), ("PEO",),
        present=11, accepted=8, waiting=1,
    ),
    Held(
        2, 17, Bilingual("คุณนภา ตัวอย่าง (สมมติ)", "Ms Napa Tuayang (fictional)"),
        Bilingual("ศูนย์ข้อมูลภัยพิบัติตัวอย่าง (สมมติ)", "Sample Disaster Data Centre (fictional)"),
        ("LIV", "GOV"), present=10, accepted=3, waiting=4,
    ),
)  # fmt: skip


def hold(cohort: Cohort, *, at: dt.datetime) -> None:
    """Hold the sample's updates so far."""
    for held in HELD:
        update = queries.find_update(cohort.course.id, held.number)
        if update is not None:
            _bring_forward(cohort, update, held, at=at)
            _attend(cohort, update, held)
            _reflect(cohort, update, held)


def _bring_forward(cohort: Cohort, update: KnowledgeUpdate, held: Held, *, at: dt.datetime) -> None:
    course, by = cohort.course, cohort.instructor.person_id
    day = at.astimezone(ZoneInfo(course.timezone)).date() - dt.timedelta(days=held.days_ago)
    starts_at = dt.datetime.combine(day, BEGINS, tzinfo=ZoneInfo(course.timezone)).astimezone(dt.UTC)
    asked_at = starts_at - dt.timedelta(days=7)
    recording = f"https://video.example.org/update-{held.number}" if held.number != WITHOUT_RECORDING else ""
    about = About(
        title=update.session.title,
        about=Bilingual(
            "ฟังตัวอย่างจริง ถามตอบ และเลือกหนึ่งเรื่องไปลองทำในพื้นที่",
            "Hear a real case, ask, and take one thing home to try in your area.",
        ),
        partner=held.partner,
        dimensions=(*update.dimensions, *held.beside),
        speakers=(Speaker(held.speaker, held.partner),),
        join_url=f"https://meet.example.org/update-{held.number}",
        recording_url=recording,
        reflection_due_at=None,
    )
    operations.change(course, update, about, row_version=update.row_version, person_id=by, at=asked_at)
    operations.move(
        course, update, starts_at, starts_at + LASTS, reason="จัดก่อนค่าย", row_version=update.row_version,
        person_id=by, at=asked_at,
    )  # fmt: skip


def _attend(cohort: Cohort, update: KnowledgeUpdate, held: Held) -> None:
    session = update.session
    for place, learner in enumerate(cohort.learners[: held.present + 1]):
        left_at = session.ends_at if place < held.present else session.starts_at + 60 * MINUTE
        act = Act(
            session.ends_at, Source.SAMPLE, f"sample-{session.code}-{learner.id}", session.ends_at,
            by_id=cohort.instructor.person_id,
        )  # fmt: skip
        door.record_stay(session, learner, Presence(session.starts_at, left_at), act)
    timetable.close(session, person_id=cohort.instructor.person_id, at=session.ends_at + 10 * MINUTE)


def _reflect(cohort: Cohort, update: KnowledgeUpdate, held: Held) -> None:
    written = cohort.learners[: held.accepted + held.waiting + 2]
    for place, learner in enumerate(written):
        text = REFLECTIONS[place % 3]
        written_at = update.session.ends_at + (30 + 7 * place) * MINUTE
        if place == held.accepted + held.waiting:
            _decide(cohort, update, learner, REFLECTIONS[-1], accepts=False, at=written_at)
        elif place > held.accepted + held.waiting:
            reflecting.save_draft(update, learner, text, row_version=0, at=written_at)
        elif place < held.accepted:
            _decide(cohort, update, learner, text, accepts=True, at=written_at)
        else:
            reflecting.hand_in(update, learner, text, row_version=0, at=written_at)


def _decide(
    cohort: Cohort, update: KnowledgeUpdate, learner: Enrolment, text: str, *, accepts: bool, at: dt.datetime
) -> None:
    reflection = reflecting.hand_in(update, learner, text, row_version=0, at=at)
    reflecting.decide(
        cohort.course, reflection, accepts=accepts, answer="" if accepts else ANSWER,
        row_version=reflection.row_version, person_id=cohort.instructor.person_id,
        at=at + dt.timedelta(days=1),
    )  # fmt: skip
