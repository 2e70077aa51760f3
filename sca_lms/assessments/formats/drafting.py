"""Write what readers of several formats find as the documents that `parse_question` reads."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from sca_lms.assessments.formats.bank import Collector
from sca_lms.texts import worded

_NEARLY = Decimal("0.01")
_HUNDRED = Decimal(100)
NO_TEXT: Mapping[str, str] = {"th": "", "en": ""}
TRUE_TEXT: Mapping[str, str] = {"th": "ถูก", "en": "True"}
FALSE_TEXT: Mapping[str, str] = {"th": "ผิด", "en": "False"}
_WILD = re.compile(r"(?<!\\)\*")


@dataclass(frozen=True, slots=True)
class Found:
    """An answer of a bank: a text or number, what it earns in percent, and what is said to it."""

    text: Mapping[str, str]
    percent: Decimal
    feedback: Mapping[str, str] = field(default_factory=lambda: NO_TEXT)
    tolerance: str = "0"


def plain_number(text: str) -> str:
    """Write a number of a file without exponent and needless zeros; what is no number stays as it is."""
    try:
        number = Decimal(text.strip())
    except InvalidOperation:
        return text.strip()
    if not number.is_finite() or abs(number.adjusted()) > 30:
        return text.strip()
    return f"{number.normalize():f}"


def percent_of(text: str) -> Decimal | None:
    """Read a percentage or fraction of a file; None when it is none."""
    try:
        number = Decimal(text.strip())
    except InvalidOperation:
        return None
    if not number.is_finite() or abs(number) > 100 or abs(number.normalize().as_tuple().exponent) > 12:  # type: ignore[arg-type]  # A finite number's exponent is an int.
        return None
    return number


def true_or_false(
    *, right: bool, if_true: Mapping[str, str] = NO_TEXT, if_false: Mapping[str, str] = NO_TEXT
) -> dict[str, object]:
    """Write a true-or-false question with feedback to each of the two."""
    rows = ((TRUE_TEXT, right, if_true), (FALSE_TEXT, not right, if_false))
    options = [_option(Found(text, _HUNDRED, feedback), correct=correct) for text, correct, feedback in rows]
    return {"type": "truefalse", "options": options}


def choices(found: Sequence[Found], *, single: bool) -> dict[str, object]:
    """Write a choice; percents are kept only where they say something else than our own rules do."""
    correct = [each.percent == _HUNDRED if single else each.percent > 0 for each in found]
    options = [_option(each, correct=right) for each, right in zip(found, correct, strict=True)]
    if not (_is_all_or_nothing(found) if single else _follows_our_rule(found, sum(correct))):
        for option, each in zip(options, found, strict=True):
            option["percent"] = f"{each.percent:f}"
    return {"type": "single" if single else "multi", "options": options}


def typed_answers(
    found: Sequence[Found], collector: Collector, line: int, *, case_sensitive: bool
) -> dict[str, object]:
    """Write what may be typed; a pattern with a star is named, for texts are compared whole."""
    accepted: list[str] = []
    graded: list[dict[str, object]] = []
    for each in found:
        text = each.text["th"] or each.text["en"]
        if _WILD.search(text):
            if each.percent > 0:
                reason = worded("%(text)r is a pattern; only whole texts are accepted", text=text[:60])
                collector.fault(line, "answer", reason)
            else:
                collector.note(line, "answer", worded("feedback to any other answer is left out"))
            continue
        text = text.replace("\\*", "*")
        if each.percent == _HUNDRED:
            accepted.append(text)
        if each.percent != _HUNDRED or any(each.feedback.values()):
            graded.append({"text": text, "percent": f"{each.percent:f}", "feedback": dict(each.feedback)})
    return {"accepted": accepted, "case_sensitive": case_sensitive, "graded": graded}


def numbers(found: Sequence[Found], collector: Collector, line: int) -> dict[str, object]:
    """Write which numbers may be typed; the first that earns everything is the right one."""
    known = []
    for each in found:
        if each.text["en"].strip() == "*":
            collector.note(line, "answer", worded("feedback to any other answer is left out"))
        else:
            known.append(each)
    right = next((each for each in known if each.percent == _HUNDRED), None)
    if right is None:
        collector.fault(line, "answer", worded("no number earns 100 percent"))
        return {}
    first = [right] if any(right.feedback.values()) else []
    return {
        "value": plain_number(right.text["en"]),
        "tolerance": plain_number(right.tolerance),
        "graded": [
            {
                "value": plain_number(each.text["en"]),
                "tolerance": plain_number(each.tolerance),
                "percent": f"{each.percent:f}",
                "feedback": dict(each.feedback),
            }
            for each in [*first, *(each for each in known if each is not right)]
        ],
    }


def _option(found: Found, *, correct: bool) -> dict[str, object]:
    option: dict[str, object] = {**found.text, "correct": correct}
    if any(found.feedback.values()):
        option["feedback"] = dict(found.feedback)
    return option


def _is_all_or_nothing(found: Sequence[Found]) -> bool:
    return all(each.percent in {0, _HUNDRED} for each in found)


def _follows_our_rule(found: Sequence[Found], right: int) -> bool:
    """Tell whether each right one earns an equal share and each wrong one takes such a share away."""
    share = _HUNDRED / right if right else Decimal(0)
    return all(abs(abs(each.percent) - share) <= _NEARLY for each in found)
