"""Say in words for authors why a file is no text or no YAML."""

import re
from collections.abc import Iterator

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
    """Say what the YAML parser stumbled over, and what its author can do about it."""
    mark = error.problem_mark or error.context_mark
    if mark is None:
        return Fault(1, 1, worded("file"), worded("is not YAML: %(problem)s", problem=_UNKNOWN))
    lines = text.splitlines()
    line = lines[mark.line] if mark.line < len(lines) else ""
    return Fault(mark.line + 1, mark.column + 1, worded("file"), _syntax_reason(error, line, mark.column))


def _syntax_reason(error: yaml.MarkedYAMLError, line: str, column: int) -> str:
    if "\t" in line[: column + 1] and not line[: column + 1].strip():
        return worded("a tab stands in the indentation; indent with spaces")
    problem = next((said for sign, said in _PROBLEMS if sign in (error.problem or "")), _UNKNOWN)
    since = error.context_mark
    if since is None or error.problem_mark is None or since.line == error.problem_mark.line:
        return worded("is not YAML here: %(problem)s", problem=problem)
    return worded(
        "is not YAML here: %(problem)s (in what starts on line %(line)s)",
        problem=problem,
        line=since.line + 1,
    )


_UNKNOWN = worded("this cannot be read; check the quotes, the colons and the indentation")
# The parsers' own words are English and differ between libyaml and PyYAML; the first sign that fits decides.
_PROBLEMS = (
    (
        "mapping values are not allowed",
        worded(
            "a colon stands where no field can begin; put a text that holds a colon in quotes, and check the "
            "indentation"
        ),
    ),
    ("could not find expected ':'", worded("a colon is missing after the name of a field, or a quote")),
    (
        "entries are not allowed",
        worded("a list (-) cannot begin here; begin it on a new line and check the indentation"),
    ),
    ("keys are not allowed", worded("a field cannot begin here; check the indentation")),
    ("end of stream", worded("the file ends inside a quoted text; a closing quote is missing")),
    ("cannot start any token", worded("no value can begin with this character; put the text in quotes")),
    (
        "escape",
        worded("a backslash in double quotes is followed by something unknown; use single quotes instead"),
    ),
    (
        "hexdecimal",
        worded("a backslash in double quotes is followed by something unknown; use single quotes instead"),
    ),
    ("',' or ']'", worded("a comma or the closing ] of the list is missing")),
    ("',' or '}'", worded("a comma or the closing } of the group is missing")),
    (
        "expected key",
        worded("this does not go on from what stands before it; check the indentation and the quotes"),
    ),
    (
        "expected <block end>",
        worded("this does not go on from what stands before it; check the indentation and the quotes"),
    ),
    (
        "'-' indicator",
        worded("this does not go on from what stands before it; check the indentation and the quotes"),
    ),
    ("node content", worded("a value is missing before this; check the commas, and put signs in quotes")),
    ("alphabetic or numeric", worded("a name must follow & or *; put a text that begins so in quotes")),
    ("tag", worded("a text that begins with ! must stand in quotes")),
    ("URI", worded("a text that begins with ! must stand in quotes")),
    ("indentation indicator", worded("only +, - or a digit may stand after | or >")),
    ("comment or line break", worded("only a comment (#) may stand after this; begin a new line")),
    ("document", worded("--- or ... stands where a value goes on; put it in quotes or take it away")),
    ("directive", worded("a line that begins with % must stand in quotes")),
    ("unexpected ':'", worded("a colon stands inside a list or group in brackets; put the text in quotes")),
)
