"""Build assignments with works, and quizzes with essays; call these inside a context and a transaction."""

import datetime as dt
import hashlib
from collections.abc import Sequence
from decimal import Decimal

from sca_lms.assessments import authoring
from sca_lms.assessments import operations as assessments
from sca_lms.assessments.models import Attempt
from sca_lms.assessments.question_types import Essay, Numeric, Question
from sca_lms.assignments import rubric_rules
from sca_lms.assignments.models import Assignment, Submission, Work, WorkFile
from sca_lms.assignments.rubric_models import Rubric, RubricVersion
from sca_lms.assignments.rubric_rules import Criterion, Level
from sca_lms.courses.models import Course, Enrolment
from sca_lms.courses.rules import Actor
from sca_lms.database import db
from sca_lms.marking import queries
from sca_lms.marking.rules import Judgement
from sca_lms.marking.subjects import Subject, SubjectKind
from sca_lms.texts import Bilingual
from sca_lms.uploads.models import StoredFile
from sca_lms.uploads.storage import FileStore, spooled
from tests.assessments.builders import SPEC

NINE = dt.datetime(2022, 9, 20, 2, 0, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
WORDS = (("ปัญหา", "Problem"), ("การร่วมสร้าง", "Co-creation"), ("เทคโนโลยี", "Technology"))
ESSAY: Question = Essay(
    Bilingual("เมืองของคุณต้องการอะไร", "What does your city need?"), Decimal(10), words_at_most=None,
    marking_notes=Bilingual("หาหลักฐาน", "Look for evidence"),
)  # fmt: skip
SUM: Question = Numeric(
    Bilingual("หนึ่งบวกหนึ่ง", "One and one?"), Decimal(2), value=Decimal(2), tolerance=Decimal(0)
)
TEXT = "ผู้ค้าเดินไกล\nจากการนับ 3 วัน มีผู้ลงรถ 640 คนต่อวัน 🚌 ทางออกคือรถเชื่อมตลาด"


def a_rubric(course: Course, *, criteria: int = 3, code: str = "R1", at: dt.datetime = NINE) -> RubricVersion:
    """A rubric whose criteria weigh 20, 30, 40 …, with levels 0 to 4."""
    levels = tuple(
        Level(Decimal(value), Bilingual("", ""), Bilingual(f"ระดับที่ {value}", f"Level text {value}"))
        for value in range(5)
    )
    document = rubric_rules.document_of(
        rubric_rules.Rubric(
            tuple(
                Criterion(
                    f"C{number + 1}", Bilingual(*WORDS[number % len(WORDS)]), Bilingual("", ""),
                    Decimal(20 + 10 * number), levels,
                )
                for number in range(criteria)
            )
        )
    )  # fmt: skip
    rubric = Rubric(
        course=course, code=code, title=Bilingual("เกณฑ์", "Rubric"), archived_at=None, created_at=at
    )
    version = RubricVersion(rubric=rubric, number=1, document=document, frozen_at=None, created_at=at)
    db.session.add_all([rubric, version])
    db.session.flush()
    return version


def an_assignment(course: Course, rubric: RubricVersion | None = None, /, **changed: object) -> Assignment:
    values: dict[str, object] = {
        "code": "A1", "takes_text": True, "takes_files": True, "takes_link": False, "endings": ["pdf", "png"],
        "opens_at": None, "due_at": NINE, "closes_at": None, "most_versions": None,
        "max_score": Decimal(50), "pass_percent": None, "published": True,
        "late_percent_per_day": Decimal(10),
    }  # fmt: skip
    assignment = Assignment(
        course=course, title=Bilingual("ข้อเสนอ", "Proposal"), instructions=Bilingual("", ""),
        created_at=NINE, rubric_version=rubric, **(values | changed),
    )  # fmt: skip
    db.session.add(assignment)
    db.session.flush()
    return assignment


def a_work(
    assignment: Assignment, learner: Enrolment, *, text: str = TEXT, at: dt.datetime = NINE - DAY
) -> Work:
    work = Work(
        assignment=assignment, enrolment=learner, draft_text=text, draft_saved_at=at, versions=0,
        last_submitted_at=None,
    )  # fmt: skip
    db.session.add(work)
    hand_in(work, text=text, at=at)
    return work


def hand_in(work: Work, *, text: str, at: dt.datetime) -> Submission:
    work.versions, work.last_submitted_at = work.versions + 1, at
    handed_in = Submission(work=work, number=work.versions, text=text, link="", submitted_at=at)
    db.session.add(handed_in)
    db.session.flush()
    return handed_in


def a_file(course: Course, submission: Submission, name: str, content: bytes, place: FileStore) -> StoredFile:
    key = hashlib.sha256(name.encode() + content).hexdigest()[:32]
    with spooled() as scratch:
        scratch.write(content)
        scratch.seek(0)
        place.put(key, scratch)
    media_type = "application/pdf" if name.endswith("pdf") else "image/png"
    stored = StoredFile(
        course=course, key=key, name=name, media_type=media_type, size=len(content),
        sha256=hashlib.sha256(content).hexdigest(), created_at=NINE,
    )  # fmt: skip
    db.session.add_all([stored, WorkFile(submission=submission, file=stored, position=1)])
    db.session.flush()
    return stored


def an_attempt(course: Course, learner: Enrolment, *, code: str = "Q1", essay: str = "รถเชื่อมตลาด") -> Attempt:
    """An attempt that was handed in: one right sum and one essay that waits."""
    spec_changes: dict[str, object] = {"code": code, "questions": (("E", ESSAY), ("S", SUM))}
    fields = {name: getattr(SPEC, name) for name in SPEC.__dataclass_fields__} | spec_changes
    quiz = authoring.put_quiz(course, type(SPEC)(**fields), at=NINE)
    attempt = assessments.start_attempt(quiz, learner, at=NINE)
    assessments.save_answers(attempt, {0: essay, 1: "2"}, at=NINE)
    return assessments.submit(attempt, at=NINE)


def acting(marker: Enrolment) -> Actor:
    return Actor(marker.course_id, marker.person_id, marker.id, marker.roles, is_test=False, locale="en")


def subject_of(marker: Enrolment, found: Work | Attempt) -> Subject:
    kind = SubjectKind.WORKS if isinstance(found, Work) else SubjectKind.ATTEMPTS
    subject = queries.find_subject(acting(marker), kind, found.id)
    assert subject is not None
    return subject


def levels(*values: int, comment: str = "") -> Judgement:
    return Judgement(
        levels={f"C{number}": str(value) for number, value in enumerate(values, start=1)}, comment=comment
    )


def whole(values: Sequence[int] = (4, 2, 3), comment: str = "ดี") -> Judgement:
    return levels(*values, comment=comment)
