r"""Write the answers of a gap as lines that a person can edit, and read them back.

One answer a line, the parts in this order: `=` for a right option of a list, `50%` for what earns a part,
the answer (`Thai | English` in a list), and `# feedback`. A backslash before a sign takes its meaning away.
A number has its tolerance behind `±` or `+-`.
"""

import re
from dataclasses import dataclass

from sca_lms.assessments.question_parts import ChoiceGap, Gap, NumericGap, ShortGap
from sca_lms.texts import Bilingual

_SIGNS = re.compile(r"([\\#|%])")
_PERCENT = re.compile(r"(-?[0-9]+(?:\.[0-9]+)?)\s*%\s*")
_TOLERANCE = re.compile(r"\s*(?:±|\+-|\+/-)\s*")
ALL = "100"


@dataclass(frozen=True, slots=True)
class Line:
    """One answer as typed."""

    text: str
    right: bool = False
    percent: str | None = None
    feedback: str = ""


def written_gap(gap: Gap) -> str:
    """Return the answers of a gap as lines."""
    match gap:
        case ShortGap():
            graded = {each.text: each for each in gap.graded}
            lines = [
                Line(_plain(text), feedback=_pair(graded[text].feedback) if text in graded else "")
                for text in gap.accepted
            ]
            lines += [
                Line(_plain(each.text), percent=f"{each.percent:f}", feedback=_pair(each.feedback))
                for each in gap.graded
                if each.text not in gap.accepted
            ]
        case NumericGap():
            lines = [Line(_number(f"{gap.value:f}", f"{gap.tolerance:f}"))]
            lines += [
                Line(
                    _number(f"{each.value:f}", f"{each.tolerance:f}"),
                    percent=f"{each.percent:f}",
                    feedback=_pair(each.feedback),
                )
                for each in gap.graded
            ]
        case ChoiceGap():
            lines = [
                Line(
                    _pair(option.text),
                    right=option.correct,
                    percent=None if option.percent is None else f"{option.percent:f}",
                    feedback=_pair(option.feedback),
                )
                for option in gap.options
            ]
    return "\n".join(map(_written, lines))


def read_gap(kind: str, weight: str, text: str, *, case_sensitive: bool) -> dict[str, object]:
    """Return the document of a gap from its lines; what is wrong in it is for `parse_question` to say."""
    lines = [_read(line) for line in text.splitlines() if line.strip()]
    gap: dict[str, object] = {"kind": kind, "weight": weight or "1"}
    if kind == "choice":
        return gap | {"options": [_option(line) for line in lines]}
    if kind == "numeric":
        if not lines:
            return gap
        graded = [_number_parts(line.text) | _earned(line) for line in lines[1:]]
        return gap | _number_parts(lines[0].text) | ({"graded": graded} if graded else {})
    whole = [line for line in lines if line.percent is None]
    graded_texts = [_text_of(line) | _earned(line) for line in lines if line.percent or line.feedback]
    return (
        gap
        | {"accepted": [_unescaped(line.text) for line in whole], "case_sensitive": case_sensitive}
        | ({"graded": graded_texts} if graded_texts else {})
    )


def _written(line: Line) -> str:
    parts = ["=" if line.right else "", f"{line.percent}% " if line.percent is not None else ""]
    text = line.text
    if not line.right and line.percent is None and text.startswith("="):
        text = f"\\{text}"
    return "".join(parts) + text + (f" # {line.feedback}" if line.feedback else "")


def _read(line: str) -> Line:
    text, _sign, feedback = _cut(line.strip(), "#")
    right = text.startswith("=")
    text = text.removeprefix("=").strip()
    percent = _PERCENT.match(text)
    if percent:
        text = text[percent.end() :]
    return Line(text.strip(), right, percent[1] if percent else None, feedback.strip())


def _cut(text: str, sign: str) -> tuple[str, str, str]:
    """Cut a text at the first sign that has no backslash before it."""
    position = 0
    while position < len(text):
        if text[position] == "\\":
            position += 2
            continue
        if text[position] == sign:
            return text[:position], sign, text[position + 1 :]
        position += 1
    return text, "", ""


def _plain(text: str) -> str:
    return _SIGNS.sub(r"\\\1", " ".join(text.split()))


def _pair(text: Bilingual) -> str:
    if text.th == text.en:
        return _plain(text.th)
    return f"{_plain(text.th)} | {_plain(text.en)}"


def _number(value: str, tolerance: str) -> str:
    return value if tolerance == "0" else f"{value} ± {tolerance}"


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text).strip()


def _bilingual(text: str) -> dict[str, str]:
    thai, sign, english = _cut(text, "|")
    both = (_unescaped(thai), _unescaped(english) if sign else _unescaped(thai))
    return {"th": both[0], "en": both[1]}


def _option(line: Line) -> dict[str, object]:
    option: dict[str, object] = {**_bilingual(line.text), "correct": line.right}
    if line.percent is not None:
        option["percent"] = line.percent
    return option | ({"feedback": _bilingual(line.feedback)} if line.feedback else {})


def _number_parts(text: str) -> dict[str, object]:
    parts = _TOLERANCE.split(text, maxsplit=1)
    value, tolerance = parts[0], parts[1] if len(parts) > 1 else "0"
    return {"value": _unescaped(value), "tolerance": _unescaped(tolerance)}


def _text_of(line: Line) -> dict[str, object]:
    return {"text": _unescaped(line.text)}


def _earned(line: Line) -> dict[str, object]:
    feedback = _bilingual(line.feedback) if line.feedback else {"th": "", "en": ""}
    return {"percent": line.percent or ALL, "feedback": feedback}
