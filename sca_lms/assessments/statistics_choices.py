"""Name what was chosen or typed in an answer, so that it can be counted over many attempts; pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from sca_lms.assessments.answers import Answer, gap_percent
from sca_lms.assessments.question_parts import ALL, ChoiceGap, Option
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
from sca_lms.assessments.refusals import BadAnswer
from sca_lms.assessments.written_answers import normalised
from sca_lms.texts import Bilingual

ChoiceKey = tuple[str, str, str]
LONGEST = 80


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing that an answer can say; `part` names the row or gap it belongs to, empty without any."""

    part: str
    text: Bilingual
    right: bool
    offered: bool

    @property
    def key(self) -> ChoiceKey:
        """Return by what equal choices of several versions are counted together."""
        return (self.part, self.text.th, self.text.en)


def offered_by(question: Question) -> Iterator[Choice]:
    """Yield everything that can be chosen in a question, with whether it is right."""
    match question:
        case SingleChoice() | TrueFalse() | MultipleChoice():
            for option in question.options:
                yield _of_option("", option)
        case Match():
            for left, wanted in zip(question.lefts, question.key, strict=True):
                for index, right in enumerate(question.rights):
                    yield Choice(left.pick("th")[0], right, right=index == wanted, offered=True)
        case Cloze():
            for number, gap in enumerate(question.gaps, start=1):
                if isinstance(gap, ChoiceGap):
                    for option in gap.options:
                        yield _of_option(f"[[{number}]]", option)
        case _:
            return


def chosen_in(question: Question, answer: Answer, *, share: Decimal) -> Iterator[Choice]:
    """Yield what an answer says; `share` of the points tells whether a typed one was right."""
    match question, answer:
        case ((SingleChoice() | TrueFalse()), int()):
            yield _of_option("", question.options[answer])
        case MultipleChoice(), list():
            for index in answer:
                if isinstance(index, int):
                    yield _of_option("", question.options[index])
        case Match(), list():
            for row, index in enumerate(answer):
                if isinstance(index, int):
                    yield Choice(
                        question.lefts[row].pick("th")[0],
                        question.rights[index],
                        right=question.key[row] == index,
                        offered=True,
                    )
        case ((Numeric() | ShortText()), str()):
            yield _typed("", answer, right=share == 1)
        case Cloze(), list():
            yield from _in_gaps(question, answer)
        case _:
            return


def is_counted(question: Question) -> bool:
    """Tell whether answers to this kind of question can be counted one by one."""
    return not isinstance(question, Order | Essay | FileAnswer)


def _in_gaps(
    question: Cloze, answer: list[int] | list[int | None] | list[int | str | None]
) -> Iterator[Choice]:
    for number, (gap, filled) in enumerate(zip(question.gaps, answer, strict=True), start=1):
        part = f"[[{number}]]"
        if isinstance(gap, ChoiceGap):
            if isinstance(filled, int):
                yield _of_option(part, gap.options[filled])
        elif isinstance(filled, str) and filled:
            try:
                right = gap_percent(gap, filled) == ALL
            except BadAnswer:
                right = False
            yield _typed(part, filled, right=right)


def _of_option(part: str, option: Option) -> Choice:
    return Choice(part, option.text, right=option.correct, offered=True)


def _typed(part: str, text: str, *, right: bool) -> Choice:
    plain = normalised(text, case_sensitive=False)[:LONGEST]
    return Choice(part, Bilingual(plain, plain), right=right, offered=False)
