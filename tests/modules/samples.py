"""Plans and programme documents for the tests of modules."""

import datetime as dt
from decimal import Decimal

from sca_lms.assessments.rules import Standing as QuizStanding
from sca_lms.modules.plan import Evidence, EvidenceKind, ModulePlan, Playback, UnitPlan, UnitType
from sca_lms.modules.prerequisites import Prerequisites, all_modules
from sca_lms.texts import Bilingual

BANGKOK = dt.timezone(dt.timedelta(hours=7))
CLASS_STARTS = dt.datetime(2022, 8, 25, 19, 0, tzinfo=BANGKOK)
DUE = dt.datetime(2022, 9, 4, 23, 59, tzinfo=BANGKOK)
EARLIER = dt.datetime(2022, 8, 24, 12, 0, tzinfo=BANGKOK)
IN_TIME = dt.datetime(2022, 8, 30, 12, 0, tzinfo=BANGKOK)
TOO_LATE = dt.datetime(2022, 9, 6, 12, 0, tzinfo=BANGKOK)

LIVE = UnitPlan(1, "PB1.1", UnitType.LIVE, Bilingual("คลาสสด", "Live class"), 45, starts_at=CLASS_STARTS)
READING = UnitPlan(2, "PB1.2", UnitType.READING, Bilingual("ขอบเขตงาน", "Scope of work"), 15)
VIDEO = UnitPlan(3, "PB1.3", UnitType.VIDEO, Bilingual("หนึ่งวัน", "A day"), 15, playback=Playback.FILE)
QUIZ = UnitPlan(4, "PB1.4", UnitType.QUIZ, Bilingual("แบบทดสอบ", "Quiz"), 15, quiz_id=40)
TASK = UnitPlan(5, "PB2.1", UnitType.TASK, Bilingual("เป้าหมาย", "My goal"), 20)

FIRST = ModulePlan(
    id=1,
    code="PB1",
    title=Bilingual("บทบาท", "Roles"),
    minutes=90,
    due_at=DUE,
    prerequisites=Prerequisites(),
    quiz_pass_percent=70,
    rule_version=1,
    units=(LIVE, READING, VIDEO, QUIZ),
)
SECOND = ModulePlan(
    id=2,
    code="PB2",
    title=Bilingual("เส้นทาง", "Journey"),
    minutes=20,
    due_at=DUE,
    prerequisites=all_modules(["PB1"]),
    quiz_pass_percent=None,
    rule_version=1,
    units=(TASK,),
)


def joined(unit: UnitPlan = LIVE, at: dt.datetime = CLASS_STARTS) -> Evidence:
    return Evidence(unit.id, EvidenceKind.JOINED, at)


def read(unit: UnitPlan = READING, at: dt.datetime = IN_TIME) -> Evidence:
    return Evidence(unit.id, EvidenceKind.READ, at)


def declared(unit: UnitPlan = TASK, at: dt.datetime = IN_TIME) -> Evidence:
    return Evidence(unit.id, EvidenceKind.DECLARED, at)


def watched(*parts: tuple[int, int], of: int = 100, at: dt.datetime = IN_TIME) -> Evidence:
    return Evidence(VIDEO.id, EvidenceKind.WATCHED, at, tuple(parts), of)


def graded(percent: str, *, passed_at: dt.datetime | None = None) -> dict[int, QuizStanding]:
    return {
        40: QuizStanding(
            percent=Decimal(percent),
            passed=passed_at is not None,
            passed_at=passed_at,
            attempts_used=1,
            in_progress=False,
            last_submitted_at=passed_at or IN_TIME,
        )
    }


EVERYTHING_OF_FIRST = (joined(), read(), watched((0, 95)))
PASSED = graded("80", passed_at=IN_TIME)
