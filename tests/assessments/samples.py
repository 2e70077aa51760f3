"""Sample questions that several tests of quizzes share."""

from decimal import Decimal

from sca_lms.assessments.question_parts import ChoiceGap, NumericGap, Option, ShortGap
from sca_lms.assessments.question_types import (
    Cloze,
    Essay,
    FileAnswer,
    Match,
    MultipleChoice,
    Numeric,
    Order,
    Question,
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
CLOZE = Cloze(
    Bilingual(
        th="เมืองหลวง [[1]] มี [[2]] ล้านคน ในทวีป [[3]]", en="The capital [[1]] has [[2]] million, in [[3]]"
    ),
    Decimal(4),
    gaps=(
        ShortGap(Decimal(1), accepted=("Bangkok", "กรุงเทพ")),
        NumericGap(Decimal(2), value=Decimal(10), tolerance=Decimal(1)),
        ChoiceGap(Decimal(1), options=options(True, False)),
    ),
)
ESSAY = Essay(text("Why?"), Decimal(5), words_at_most=200, marking_notes=text("Look for reasons."))
FILE = FileAnswer(text("Hand in the plan"), Decimal(5), endings=("docx", "pdf"))
EVERY_TYPE: tuple[Question, ...] = (SINGLE, TRUE_FALSE, MULTI, NUMERIC, SHORT, MATCH, ORDER, CLOZE)
MARKED_BY_HAND = (ESSAY, FILE)
