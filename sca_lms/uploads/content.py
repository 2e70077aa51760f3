"""Decide by name, size and content whether a file may be stored, and as what; pure."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

import puremagic

HEAD_BYTES = 8192
"""How much of a file's beginning tells its type."""
MEBIBYTE = 1024 * 1024
NAME_LENGTH = 150
PLAIN_TEXT = "text/plain; charset=utf-8"
CAPTIONS = "text/vtt; charset=utf-8"

TYPES: Mapping[str, str] = {
    "pdf": "application/pdf",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "webp": "image/webp",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "odt": "application/vnd.oasis.opendocument.text",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "odp": "application/vnd.oasis.opendocument.presentation",
    "zip": "application/zip",
    "mp3": "audio/mpeg",
    "m4a": "audio/mp4",
    "mp4": "video/mp4",
    "txt": PLAIN_TEXT,
    "csv": PLAIN_TEXT,
    "md": PLAIN_TEXT,
    "vtt": CAPTIONS,
}
"""What is stored at all: the ending of the name and the media type under which it is answered."""
TEXTS = frozenset(ending for ending, media_type in TYPES.items() if media_type in {PLAIN_TEXT, CAPTIONS})
PAPERS = frozenset({"pdf", "png", "jpg", "jpeg", "webp"})
"""What a certificate, a report or a photo of one comes as."""
DOCUMENTS = frozenset(TYPES) - {"mp3", "m4a", "mp4", "vtt"}
ANYTHING = frozenset(TYPES)
_SAME_INSIDE = {"jpg": "jpeg", "jfif": "jpeg", "m4v": "mp4", "m4a": "mp4"}
_ARCHIVES = frozenset({"docx", "xlsx", "pptx", "odt", "ods", "odp", "zip"})


@dataclass(frozen=True, slots=True)
class Allowed:
    """What one field accepts: endings of names, and the largest size in bytes."""

    endings: frozenset[str] = PAPERS
    largest: int = 10 * MEBIBYTE

    @property
    def accept(self) -> str:
        """The value of a file field's `accept`, so that the picker offers nothing else."""
        return ",".join(f".{ending}" for ending in sorted(self.endings))


def ending_of(name: str) -> str:
    """Return the ending of a file's name in small letters, without the dot."""
    return PurePosixPath(name.strip()).suffix.removeprefix(".").lower()


def shown_name(name: str) -> str:
    """Return the name without a path, control characters and tricks of writing direction, not too long."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    visible = "".join(
        each for each in unicodedata.normalize("NFC", last) if unicodedata.category(each)[0] != "C"
    )
    stem, dot, ending = visible.strip(" .").rpartition(".")
    if not dot:
        return visible.strip(" .")[:NAME_LENGTH] or "file"
    return f"{stem[: NAME_LENGTH - len(ending) - 1]}.{ending}" if stem else f"file.{ending}"


def is_what_it_says(name: str, head: bytes) -> bool:
    """Tell whether the beginning of a file fits the ending of its name."""
    ending = ending_of(name)
    if ending in TEXTS:
        return _is_text(head)
    found = {_SAME_INSIDE.get(each, each) for each in _endings_inside(head)}
    if ending in _ARCHIVES:
        # Office documents are ZIP archives; which one it is stands deeper inside than we look.
        return head.startswith(b"PK\x03\x04")
    return _SAME_INSIDE.get(ending, ending) in found


def _endings_inside(head: bytes) -> set[str]:
    try:
        return {match.extension.removeprefix(".").lower() for match in puremagic.magic_string(head)}
    except (puremagic.PureError, ValueError):
        return set()


def _is_text(head: bytes) -> bool:
    if b"\x00" in head or _endings_inside(head) & {"exe", "dll", "html", "htm", "svg", "xml"}:
        return False
    try:
        head.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # A character may be cut at the end of what we look at.
        return error.start >= len(head) - 3
    return True
