"""Say in words for authors why a file is no text or no YAML."""

import re
from collections.abc import Iterator, Mapping

import yaml

from sca_lms.programmes.faults import Fault
from sca_lms.texts import worded

_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")


def not_utf8(text: bytes, position: int) -> Fault:
    """Say where a file stops being UTF-8; the position counts bytes from 0."""
    line = text.count(b"\n", 0, position) + 1
    start = text.rfind(b"\n", 0, position) + 1
    column = len(text[start:position].decode("utf-8", "replace")) + 1
    return Fault(
        line, column, worded("file"), worded("is not UTF-8 text from here on; save the file as UTF-8")
    )


def unprintable(text: str) -> Iterator[Fault]:
    """Name the characters that no text file may hold, each with its place."""
    for number, match in enumerate(_UNPRINTABLE.finditer(text)):
        if number == 20:  # A binary file has thousands; twenty make the point.
            return
        line = text.count("\n", 0, match.start()) + 1
        column = match.start() - text.rfind("\n", 0, match.start())
        yield Fault(
            line,
            column,
            worded("file"),
            worded("the character U+%(code)s may not stand in a text file", code=f"{ord(match[0]):04X}"),
        )


def syntax_fault(error: yaml.MarkedYAMLError, text: str) -> Fault:
    """Say what the YAML parser stumbled over, with a hint where the cause is a common one."""
    mark = error.problem_mark or error.context_mark
    if mark is None:
        return Fault(1, 1, worded("file"), worded("is not YAML: %(problem)s", problem=_problem_of(error)))
    lines = text.splitlines()
    line = lines[mark.line] if mark.line < len(lines) else ""
    reason = _syntax_reason(error, line, mark.column)
    return Fault(mark.line + 1, mark.column + 1, worded("file"), reason)


def _syntax_reason(error: yaml.MarkedYAMLError, line: str, column: int) -> str:
    if "\t" in line[: column + 1] and not line[: column + 1].strip():
        return worded("a tab stands in the indentation; indent with spaces")
    problem = _problem_of(error)
    # What the parser says is English; the hint behind it is what authors can act on.
    context = f" {error.context.strip()}" if error.context else ""
    since = error.context_mark
    started = ""
    if context and since and error.problem_mark:
        started = worded(" that starts on line %(line)s", line=since.line + 1)
    hint = next((worded("; %(hint)s", hint=hint) for sign, hint in _HINTS.items() if sign in problem), "")
    return worded(
        "is not YAML here: %(problem)s%(context)s%(started)s%(hint)s",
        problem=problem,
        context=context,
        started=started,
        hint=hint,
    )


def _problem_of(error: yaml.MarkedYAMLError) -> str:
    return error.problem.strip() if error.problem else worded("it cannot be read")


_HINTS: Mapping[str, str] = {
    "mapping values are not allowed": worded(
        "put a text that holds a colon in quotes, and check the indentation"
    ),
    "could not find expected ':'": worded("check for a missing colon or quote"),
    "did not find expected key": worded("check the indentation and the commas"),
    "expected <block end>": worded("check the indentation and the commas"),
    "unexpected end of stream": worded("check for a missing closing quote"),
    "cannot start any token": worded("put the text in quotes"),
}
