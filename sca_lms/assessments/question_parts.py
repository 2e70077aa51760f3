"""Know what questions are made of: options, answers that earn a part, gaps and pictures."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar

from sca_lms.assessments.question_fields import (
    Document,
    pair_of,
    read_bool,
    read_decimal,
    read_list,
    read_mapping,
    read_optional_text,
    read_plain,
    read_rows,
    read_text,
)
from sca_lms.assessments.refusals import FaultyQuestion
from sca_lms.assessments.written_answers import normalised
from sca_lms.texts import Bilingual, worded

NOTHING = Bilingual("", "")
ALL = Decimal(100)
# Thirds and sevenths of a bank are rounded, so its parts may miss the whole by as much.
_NEARLY = Decimal("0.1")
PICTURE_TYPES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_MARK = re.compile(r"\[\[([0-9]{1,3})\]\]", re.ASCII)


class PromptFormat(StrEnum):
    """How a prompt is written."""

    PLAIN = "plain"
    MARKDOWN = "markdown"


@dataclass(frozen=True, slots=True)
class Attachment:
    """A picture of a Markdown prompt, which names it `attachment:NAME`; its content is kept elsewhere."""

    name: str
    media_type: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Option:
    """One thing to choose; `percent` of the points where it earns something else than all or nothing."""

    text: Bilingual
    correct: bool
    feedback: Bilingual = NOTHING
    percent: Decimal | None = None


@dataclass(frozen=True, slots=True)
class GradedText:
    """A typed text that earns a part, or has feedback of its own."""

    text: str
    percent: Decimal
    feedback: Bilingual = NOTHING


@dataclass(frozen=True, slots=True)
class GradedNumber:
    """A number that earns a part or all, or has feedback of its own."""

    value: Decimal
    tolerance: Decimal
    percent: Decimal
    feedback: Bilingual = NOTHING


@dataclass(frozen=True, slots=True)
class ShortGap:
    """A gap for a few words."""

    kind: ClassVar[str] = "short"
    weight: Decimal
    accepted: tuple[str, ...]
    case_sensitive: bool = False
    graded: tuple[GradedText, ...] = ()


@dataclass(frozen=True, slots=True)
class NumericGap:
    """A gap for a number."""

    kind: ClassVar[str] = "numeric"
    weight: Decimal
    value: Decimal
    tolerance: Decimal = Decimal(0)
    graded: tuple[GradedNumber, ...] = ()


@dataclass(frozen=True, slots=True)
class ChoiceGap:
    """A gap with a list to choose from."""

    kind: ClassVar[str] = "choice"
    weight: Decimal
    options: tuple[Option, ...]


Gap = ShortGap | NumericGap | ChoiceGap


def read_options(document: Document, *, exactly_one: bool) -> tuple[Option, ...]:
    """Read options; raise `FaultyQuestion` unless they can be told apart and the right number is correct."""
    options = []
    for entry in read_list(document, "options", at_least=2):
        correct = entry.get("correct", False) if isinstance(entry, Mapping) else None
        if not isinstance(entry, Mapping) or not isinstance(correct, bool):
            raise FaultyQuestion(
                "options", worded("each option is a text in th and en, and correct: true or false")
            )
        options.append(
            Option(
                read_text(entry, "options"),
                correct=correct,
                feedback=read_optional_text(entry, "feedback", called="options.feedback"),
                percent=_percent(entry.get("percent"), "options.percent", lowest=-ALL),
            )
        )
    if len({option.text for option in options}) < len(options):
        raise FaultyQuestion("options", worded("two options read the same"))
    found = sum(option.correct for option in options)
    if found == 0 or (exactly_one and found > 1):
        if exactly_one:
            raise FaultyQuestion(
                "options", worded("exactly one option must be correct, %(found)s are", found=found)
            )
        raise FaultyQuestion(
            "options", worded("at least one option must be correct, %(found)s are", found=found)
        )
    _refuse_odd_percents(options, exactly_one=exactly_one)
    return tuple(options)


def document_of_option(option: Option) -> dict[str, object]:
    """Write an option as `read_options` reads it."""
    document: dict[str, object] = {**pair_of(option.text), "correct": option.correct}
    if option.feedback:
        document["feedback"] = pair_of(option.feedback)
    if option.percent is not None:
        document["percent"] = f"{option.percent:f}"
    return document


def read_accepted(answer: Document, *, inside: str) -> tuple[tuple[str, ...], bool, tuple[GradedText, ...]]:
    """Read the texts that are right, whether case matters, and the texts that earn a part."""
    accepted = read_list(answer, "accepted", at_least=1, called=f"{inside}.accepted")
    case_sensitive = read_bool(answer.get("case_sensitive", False), f"{inside}.case_sensitive")
    texts = tuple(text for text in map(read_plain, accepted) if normalised(text, case_sensitive=True))
    if len(texts) < len(accepted):
        raise FaultyQuestion(f"{inside}.accepted", worded("must be a list of texts, none of them empty"))
    graded = []
    for row in read_rows(answer, "graded", called=f"{inside}.graded"):
        text = read_plain(row.get("text"))
        percent = _percent(row.get("percent"), f"{inside}.graded", lowest=Decimal(0))
        if not normalised(text, case_sensitive=True) or percent is None:
            raise FaultyQuestion(f"{inside}.graded", worded("each entry has a text and a percent"))
        if percent == ALL and text not in texts:
            raise FaultyQuestion(
                f"{inside}.graded", worded("what earns everything stands in accepted as well")
            )
        graded.append(GradedText(text, percent, read_optional_text(row, "feedback", called=inside)))
    return texts, case_sensitive, _in_order(texts, graded)


def document_of_accepted(
    accepted: Sequence[str], graded: Sequence[GradedText], *, case_sensitive: bool
) -> dict[str, object]:
    """Write typed answers as `read_accepted` reads them."""
    document: dict[str, object] = {"accepted": list(accepted), "case_sensitive": case_sensitive}
    if graded:
        document["graded"] = [
            {"text": each.text, "percent": f"{each.percent:f}", "feedback": pair_of(each.feedback)}
            for each in graded
        ]
    return document


def read_number(answer: Document, *, inside: str) -> tuple[Decimal, Decimal, tuple[GradedNumber, ...]]:
    """Read the number that is right, its tolerance, and the numbers that earn a part."""
    if "value" not in answer:
        raise FaultyQuestion(f"{inside}.value", worded("is missing"))
    value, tolerance = _value_and_tolerance(answer, inside)
    graded = []
    for row in read_rows(answer, "graded", called=f"{inside}.graded"):
        percent = _percent(row.get("percent"), f"{inside}.graded", lowest=Decimal(0))
        if percent is None or "value" not in row:
            raise FaultyQuestion(f"{inside}.graded", worded("each entry has a value and a percent"))
        number = _value_and_tolerance(row, f"{inside}.graded")
        each = GradedNumber(*number, percent, read_optional_text(row, "feedback", called=inside))
        if each != GradedNumber(value, tolerance, ALL):
            graded.append(each)
    return value, tolerance, tuple(graded)


def document_of_number(
    value: Decimal, tolerance: Decimal, graded: Sequence[GradedNumber]
) -> dict[str, object]:
    """Write a number as `read_number` reads it."""
    document: dict[str, object] = {"value": f"{value:f}", "tolerance": f"{tolerance:f}"}
    if graded:
        document["graded"] = [
            {
                "value": f"{each.value:f}",
                "tolerance": f"{each.tolerance:f}",
                "percent": f"{each.percent:f}",
                "feedback": pair_of(each.feedback),
            }
            for each in graded
        ]
    return document


def read_gaps(document: Document, prompt: Bilingual) -> tuple[Gap, ...]:
    """Read the gaps of a prompt that holds `[[1]]`, `[[2]]` …; raise `FaultyQuestion` for a misplaced one."""
    gaps = []
    for number, entry in enumerate(read_list(document, "gaps", at_least=1), start=1):
        if not isinstance(entry, Mapping):
            raise FaultyQuestion("gaps", worded("each gap has a kind: short, numeric or choice"))
        gaps.append(_gap(entry, f"gaps[{number}]"))
    wanted = list(range(1, len(gaps) + 1))
    for text in filter(None, (prompt.th, prompt.en)):
        if sorted(gap_numbers(text)) != wanted:
            raise FaultyQuestion(
                "prompt", worded("must hold each of [[1]] to [[%(count)s]] once", count=len(gaps))
            )
    return tuple(gaps)


def gap_numbers(text: str) -> list[int]:
    """Return the numbers of the gaps in a text, in the order they stand in."""
    return [int(number) for number in _MARK.findall(text)]


def document_of_gap(gap: Gap) -> dict[str, object]:
    """Write a gap as `read_gaps` reads it."""
    document: dict[str, object] = {"kind": gap.kind, "weight": f"{gap.weight:f}"}
    match gap:
        case ShortGap():
            return document | document_of_accepted(
                gap.accepted, gap.graded, case_sensitive=gap.case_sensitive
            )
        case NumericGap():
            return document | document_of_number(gap.value, gap.tolerance, gap.graded)
        case ChoiceGap():
            return document | {"options": [document_of_option(option) for option in gap.options]}


def read_attachments(document: Document) -> tuple[Attachment, ...]:
    """Read the pictures of a prompt; raise `FaultyQuestion` for a name or a type that no page shows."""
    if document.get("attachments") is None:
        return ()
    named = read_mapping(document, "attachments")
    attachments = []
    for name, entry in sorted(named.items()):
        media_type = entry.get("media_type") if isinstance(entry, Mapping) else None
        sha256 = entry.get("sha256") if isinstance(entry, Mapping) else None
        if _NAME.fullmatch(name) is None:
            raise FaultyQuestion("attachments", worded("%(name)r is no plain file name", name=name))
        if not isinstance(media_type, str) or media_type not in PICTURE_TYPES:
            raise FaultyQuestion(
                "attachments", worded("%(name)s is no picture that browsers show", name=name)
            )
        if not isinstance(sha256, str) or _SHA256.fullmatch(sha256) is None:
            raise FaultyQuestion("attachments", worded("%(name)s has no SHA-256", name=name))
        attachments.append(Attachment(name, media_type, sha256))
    return tuple(attachments)


def document_of_attachments(attachments: Sequence[Attachment]) -> dict[str, object]:
    """Write pictures as `read_attachments` reads them."""
    return {each.name: {"media_type": each.media_type, "sha256": each.sha256} for each in attachments}


def _gap(entry: Document, place: str) -> Gap:
    weight = read_decimal(entry.get("weight", 1), f"{place}.weight")
    if not 0 < weight <= 1000:
        raise FaultyQuestion(f"{place}.weight", worded("must lie above 0 and at most at 1000"))
    match entry.get("kind"):
        case ShortGap.kind:
            return ShortGap(weight, *read_accepted(entry, inside=place))
        case NumericGap.kind:
            return NumericGap(weight, *read_number(entry, inside=place))
        case ChoiceGap.kind:
            return ChoiceGap(weight, read_options(entry, exactly_one=True))
    raise FaultyQuestion(f"{place}.kind", worded("must be short, numeric or choice"))


def _in_order(accepted: Sequence[str], graded: Sequence[GradedText]) -> tuple[GradedText, ...]:
    """Return feedback on what is right in the order of what is right, and then what earns a part."""
    right = {each.text: each for each in graded if each.percent == ALL and each.feedback}
    first = [right[text] for text in dict.fromkeys(accepted) if text in right]
    return (*first, *(each for each in graded if each.percent < ALL))


def _value_and_tolerance(row: Document, inside: str) -> tuple[Decimal, Decimal]:
    tolerance = read_decimal(row.get("tolerance", 0), f"{inside}.tolerance")
    if tolerance < 0:
        raise FaultyQuestion(f"{inside}.tolerance", worded("cannot be negative"))
    return read_decimal(row["value"], f"{inside}.value"), tolerance


def _percent(value: object, field: str, *, lowest: Decimal) -> Decimal | None:
    if value is None:
        return None
    percent = read_decimal(value, field)
    if not lowest <= percent <= ALL:
        raise FaultyQuestion(field, worded("must lie between %(lowest)s and 100", lowest=lowest))
    return percent


def _refuse_odd_percents(options: Sequence[Option], *, exactly_one: bool) -> None:
    percents = [option.percent for option in options if option.percent is not None]
    if not percents:
        return
    if len(percents) < len(options):
        raise FaultyQuestion("options.percent", worded("either every option has a percent or none has"))
    if exactly_one:
        if any((option.percent == ALL) != option.correct for option in options):
            raise FaultyQuestion(
                "options.percent", worded("the correct option earns 100 percent, no other one does")
            )
    elif any((percent > 0) != option.correct for percent, option in zip(percents, options, strict=True)):
        raise FaultyQuestion(
            "options.percent", worded("correct options earn more than 0 percent, others do not")
        )
    elif abs(sum(percent for percent in percents if percent > 0) - ALL) > _NEARLY:
        raise FaultyQuestion("options.percent", worded("what the correct options earn must add up to 100"))
