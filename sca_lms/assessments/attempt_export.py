"""Write an answer as one line of words, for tables that leave the tool; pure."""

from sca_lms.assessments.question_types import Cloze, FileAnswer, Match, Order
from sca_lms.assessments.sheets import Outcome, Sheet

BETWEEN = " | "
NOTHING = "–"


def answer_in_words(sheet: Sheet, locale: str) -> str:
    """Return what was answered as text in this language; nothing for no answer."""
    if sheet.outcome is Outcome.BLANK:
        return ""
    match sheet.question:
        case Match():
            return BETWEEN.join(
                f"{row.text.pick(locale)[0]} = {row.given.pick(locale)[0] if row.given else NOTHING}"
                for row in sheet.rows
            )
        case Order():
            return BETWEEN.join(row.text.pick(locale)[0] for row in sheet.rows_as_placed)
        case Cloze():
            return BETWEEN.join(gap.given.pick(locale)[0] if gap.given else NOTHING for gap in sheet.gaps)
        case FileAnswer():
            return "(file)"
        case _ if sheet.options:
            return BETWEEN.join(option.text.pick(locale)[0] for option in sheet.options if option.chosen)
        case _:
            return sheet.typed
