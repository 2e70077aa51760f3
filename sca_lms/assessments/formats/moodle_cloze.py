"""Read and write the gaps of Moodle's cloze: https://docs.moodle.org/en/Embedded_Answers_(Cloze)_question_type."""

import html
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal

from sca_lms.assessments.formats.bank import Collector
from sca_lms.assessments.formats.drafting import NO_TEXT, Found, choices, numbers, percent_of, typed_answers
from sca_lms.assessments.formats.languages import in_both, in_one
from sca_lms.assessments.formats.writing import number_rows, option_percents, typed_rows
from sca_lms.assessments.question_parts import ChoiceGap, Gap, NumericGap, ShortGap
from sca_lms.texts import Bilingual, worded

GAP_START = re.compile(r"\{\s*([0-9]{0,4})\s*:\s*([A-Z_]{2,20})\s*:")
_TEXT = {"SHORTANSWER", "SA", "MW"}
_TEXT_CASE = {"SHORTANSWER_C", "SAC", "MWC"}
_NUMBER = {"NUMERICAL", "NM"}
_CHOICE = re.compile(r"(MULTICHOICE|MC)(_?(V|H|S|VS|HS))?")
_MANY = re.compile(r"(MULTIRESPONSE|MR)(_?(V|H|S|VS|HS))?")
_SPLIT = re.compile(r"(?<!\\)~")
_SAID = re.compile(r"(?<!\\)#")
_ESCAPED = re.compile(r"\\([\\}#~/\"{=%:])")
_SPECIAL = re.compile(r"([\\}#~])")
_PERCENT = re.compile(r"%(-?[0-9.]{1,12})%(.*)", re.DOTALL)
# Stands for a gap while the text around it is brought into another format; no file has these letters.
_PLACE = re.compile("\U000f1000([0-9]+)\U000f1001")


_BACKSLASH = "\U000f1002"


class FaultyGap(ValueError):
    """A gap that cannot be read; says why."""


def take_gaps_out(text: str) -> tuple[str, list[str]]:
    """Return the text with a sign for each gap, and the gaps as written; raise `FaultyGap`."""
    out, gaps, at = [], list[str](), 0
    while found := GAP_START.search(text, at):
        end = _end_of(text, found.end())
        if end is None:
            raise FaultyGap(
                worded("the gap %(text)r has no }", text=text[found.start() : found.start() + 30])
            )
        gaps.append(text[found.start() : end])
        out += [text[at : found.start()], f"\U000f1000{len(gaps)}\U000f1001"]
        at = end
    return "".join(out) + text[at:], gaps


def put_marks_in(prompt: Mapping[str, str], gaps: list[str]) -> tuple[dict[str, str], list[str]]:
    """Write `[[1]]`, `[[2]]` … for the signs, and return the gaps in that order.

    A text in two languages has each gap twice: the same gap in the other language gets the same number.
    """
    first, second = ("th", "en") if prompt["th"] else ("en", "th")
    order = [int(found) for found in _PLACE.findall(prompt[first])]
    numbers_of = {gap: number for number, gap in enumerate(order, start=1)}
    waiting = dict(numbers_of)
    for gap in (int(found) for found in _PLACE.findall(prompt[second])):
        if gap not in waiting:
            twin = next((each for each in waiting if gaps[each - 1] == gaps[gap - 1]), None)
            if twin is None:
                raise FaultyGap(worded("the two languages do not have the same gaps"))
            numbers_of[gap] = waiting.pop(twin)

    def marked(text: str) -> str:
        return _PLACE.sub(lambda found: f"[[{numbers_of[int(found[1])]}]]", text)

    return {language: marked(prompt[language]) for language in ("th", "en")}, [gaps[gap - 1] for gap in order]


def read_gap(written: str, collector: Collector, line: int, *, is_html: bool) -> dict[str, object]:
    """Return the document of a gap; raise `FaultyGap`."""
    found = GAP_START.match(written)
    if found is None:
        raise FaultyGap(worded("%(text)r is no gap", text=written[:30]))
    kind = found[2]
    answers = [
        _answer(part, is_html=is_html) for part in _SPLIT.split(_hidden(written[found.end() : -1].strip()))
    ]
    known = [each for each in answers if each is not None]
    document: dict[str, object] = {"weight": found[1] or "1"}
    if kind in _TEXT | _TEXT_CASE:
        texts = typed_answers(known, collector, line, case_sensitive=kind in _TEXT_CASE)
        return {**document, "kind": "short", **texts}
    if kind in _NUMBER:
        return {**document, "kind": "numeric", **numbers([_number(each) for each in known], collector, line)}
    if _CHOICE.fullmatch(kind):
        return {**document, "kind": "choice", "options": choices(known, single=True)["options"]}
    several = worded("; a gap takes one answer") if _MANY.fullmatch(kind) else ""
    raise FaultyGap(worded("gaps of type %(kind)s are not supported%(several)s", kind=kind, several=several))


def write_gap(gap: Gap) -> str:
    """Write a gap so that `read_gap` gives it back."""
    kind = {ShortGap: "SA", NumericGap: "NM", ChoiceGap: "MC"}[type(gap)]
    if isinstance(gap, ShortGap) and gap.case_sensitive:
        kind = "SAC"
    return f"{{{gap.weight.normalize():f}:{kind}:{'~'.join(_rows(gap))}}}"


def _rows(gap: Gap) -> Iterator[str]:
    match gap:
        case ShortGap():
            for text, percent, feedback in typed_rows(gap):
                yield _row(text.replace("*", "\\*"), percent, feedback)
        case NumericGap():
            for value, tolerance, percent, feedback in number_rows(gap):
                yield _row(f"{value:f}:{tolerance:f}", percent, feedback)
        case ChoiceGap():
            for option, percent in zip(gap.options, option_percents(gap), strict=True):
                yield _row(in_one(option.text), percent, option.feedback)


def _row(text: str, percent: Decimal, feedback: Bilingual) -> str:
    said = f"#{_escaped(in_one(feedback))}" if feedback else ""
    # Always with its percent, so that a text which begins with = or % stays what it is.
    return f"%{percent:f}%{_escaped(text)}{said}"


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", text)


def _answer(part: str, *, is_html: bool) -> Found | None:
    if not part.strip():
        return None
    share, text = Decimal(0), part.lstrip()
    percented = _PERCENT.match(text)
    if text.startswith("="):
        share, text = Decimal(100), text[1:]
    elif percented:
        percent = percent_of(percented[1])
        if percent is None:
            raise FaultyGap(worded("%%%(percent)s%% is no percentage", percent=percented[1]))
        share, text = percent, percented[2]
    words, *said = _SAID.split(text, maxsplit=1)
    feedback = _text(said[0], is_html=is_html) if said else NO_TEXT
    return Found(_text(words, is_html=is_html), share, feedback)


def _number(found: Found) -> Found:
    value, _, tolerance = found.text["en"].partition(":")
    text = {"th": value, "en": value}
    return Found(text, found.percent, found.feedback, tolerance.strip() or "0")


def _text(written: str, *, is_html: bool) -> dict[str, str]:
    plain = _ESCAPED.sub(r"\1", written).replace(_BACKSLASH, "\\")
    if is_html:
        plain = html.unescape(re.sub(r"<[^>]{0,200}>", "", plain))
    text = in_both(plain.strip())
    return {"th": text.th.strip(), "en": text.en.strip()}


def _hidden(written: str) -> str:
    """Put a sign for each doubled backslash, so that it escapes nothing that follows."""
    return written.replace("\\\\", _BACKSLASH)


def _end_of(text: str, at: int) -> int | None:
    found = re.compile(r"(?<!\\)(?:\\\\)*\}").search(text, at)
    return found.end() if found else None
