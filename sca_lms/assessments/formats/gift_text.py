"""Know which letters mean something in GIFT and how they are escaped."""

import re

_ESCAPE = re.compile(r"\\([\\~=#{}:n])")
_HIDDEN = {letter: chr(0xF0000 + ord(letter)) for letter in "\\~=#{}:n"}
_SHOWN = {ord(hidden): "\n" if letter == "n" else letter for letter, hidden in _HIDDEN.items()}
_MEANS_SOMETHING = re.compile(r"([\\~=#{}:])")
_IN_COMMENT = re.compile(r"\[(id|tag):((?:\\.|[^\[\]\\])*)\]")


def hidden(text: str) -> str:
    """Replace escaped letters by others that no file has, so that the rest can be taken apart."""
    return _ESCAPE.sub(lambda found: _HIDDEN[found[1]], text)


def shown(text: str) -> str:
    """Return a piece of a hidden text as it reads."""
    return text.translate(_SHOWN)


def escaped(text: str) -> str:
    """Write a text so that nothing in it means anything, in one line."""
    return _MEANS_SOMETHING.sub(r"\\\1", text).replace("\n", "\\n")


def marks_of(comment: str) -> list[tuple[str, str]]:
    """Return the `[id:…]` and `[tag:…]` that a comment before a question holds."""
    found = _IN_COMMENT.findall(comment)
    return [(kind, re.sub(r"\\(.)", r"\1", text)) for kind, text in found]


def mark(kind: str, text: str) -> str:
    """Write an `[id:…]` or `[tag:…]`."""
    return f"[{kind}:" + re.sub(r"([\[\]\\])", r"\\\1", text) + "]"
