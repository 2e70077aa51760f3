"""Sample questions that several tests of quizzes share."""

from decimal import Decimal

from sca_lms.assessments.question_types import (
    Match,
    MultipleChoice,
    Numeric,
    Option,
    Order,
    ShortText,
    SingleChoice,
    TrueFalse,
)
from sca_lms.texts import Bilingual


def text(english: str) -> Bilingual:
    return Bilingual(th=f"ไทย {english}", en=english)


def options(*correct: bool) -> tuple[Option, ...]:
    return tuple(Option(text(f"option {index}"), right) for index, right in enumerate(correct))


SINGLE = SingleChoice(text("Who mentors?"), Decimal(1), options(True, False, False))
TRUE_FALSE = TrueFalse(text("Agenda first?"), Decimal(1), options(True, False))
MULTI = MultipleChoice(text("Which are duties?"), Decimal(2), options(True, True, False, False))
NUMERIC = Numeric(text("Payback in years?"), Decimal(1), value=Decimal(4), tolerance=Decimal("0.5"))
SHORT = ShortText(text("The law?"), Decimal(1), accepted=("PDPA", "น้ำ"), case_sensitive=False)
MATCH = Match(
    text("Match the names"),
    Decimal(3),
    lefts=(text("people"), text("living"), text("government")),
    rights=(text("Smart People"), text("Smart Living"), text("Smart Governance")),
    key=(0, 1, 2),
)
ORDER = Order(
    text("Put in order"), Decimal(4), items=tuple(map(text, ("first", "second", "third", "fourth")))
)
EVERY_TYPE = (SINGLE, TRUE_FALSE, MULTI, NUMERIC, SHORT, MATCH, ORDER)
