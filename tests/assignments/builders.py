"""Build assignments for tests; call these inside an application context and a transaction."""

import datetime as dt
from decimal import Decimal

from sca_lms.assignments import rubrics, terms
from sca_lms.assignments.models import Assignment
from sca_lms.assignments.rubric_models import Rubric
from sca_lms.assignments.rubric_rules import Criterion, Level, document_of
from sca_lms.assignments.rubric_rules import Rubric as RubricDocument
from sca_lms.assignments.terms import AssignmentTerms
from sca_lms.courses.models import Course
from sca_lms.texts import Bilingual

NINE = dt.datetime(2022, 9, 1, 9, 0, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)
DUE = NINE + 2 * DAY
CLOSE = NINE + 5 * DAY
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00" + bytes(40)

TERMS = AssignmentTerms(
    title=Bilingual(th="ข้อเสนอโครงการ", en="Project proposal"),
    instructions=Bilingual(th="เขียน **ข้อเสนอ**", en="Write a **proposal**"),
    takes_text=True,
    takes_files=True,
    takes_link=True,
    endings=["pdf", "png", "txt"],
    most_files=2,
    largest_mebibytes=1,
    by_team=False,
    anonymous=False,
    two_markers=False,
    opens_at=None,
    due_at=DUE,
    closes_at=CLOSE,
    most_versions=None,
    max_score=Decimal(100),
    pass_percent=None,
    late_percent_per_day=Decimal(10),
    late_percent_at_most=Decimal(25),
)


def changed_terms(**changed: object) -> AssignmentTerms:
    values = {name: getattr(TERMS, name) for name in AssignmentTerms.__dataclass_fields__}
    return AssignmentTerms(**{**values, **changed})


def an_assignment(
    course: Course, code: str = "A1", *, published: bool = True, **changed: object
) -> Assignment:
    assignment = terms.create(course, code, changed_terms(**changed), person_id=None, at=NINE)
    terms.publish(assignment, course, published=published, person_id=None, at=NINE)
    return assignment


def level(value: str, th: str = "ดี", en: str = "Good") -> Level:
    return Level(Decimal(value), Bilingual("", ""), Bilingual(th=th, en=en))


def criterion(code: str, weight: str, *values: str) -> Criterion:
    return Criterion(
        code,
        Bilingual(th=f"เกณฑ์ {code}", en=f"Criterion {code}"),
        Bilingual("", ""),
        Decimal(weight),
        tuple(level(value) for value in values or ("4", "3", "2", "1", "0")),
    )


RUBRIC = RubricDocument((criterion("C1", "60"), criterion("C2", "40", "2", "1", "0")))


def a_rubric(course: Course, code: str = "RUB", *, rubric: RubricDocument = RUBRIC) -> Rubric:
    title = Bilingual(th="เกณฑ์ข้อเสนอ", en="Proposal rubric")
    return rubrics.create(course, code, title, document_of(rubric), person_id=None, at=NINE)
