"""Recognise how a text file is encoded: UTF-8, UTF-16 with a mark, or the Thai code page of old Windows."""

import codecs
import re

from sca_lms.texts import worded

_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
# Letters, digits and signs of Thai in TIS-620; what Windows-874 adds are quotes, dashes and an ellipsis.
_THAI_BYTES = re.compile(rb"[\xa1-\xda\xdf-\xfb]")
_OTHER_BYTES = re.compile(rb"[\x81-\x84\x86-\x90\x98-\xa0\xdb-\xde\xfc-\xff]")
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")


class UnreadableText(ValueError):
    """Bytes that are no text in an encoding that is recognised; says so in one sentence."""


def decoded(content: bytes) -> str:
    """Return the text with line ends as `\\n` and without a mark; raise `UnreadableText`."""
    text = _decoded(content)
    if _CONTROLS.search(text):
        raise UnreadableText(worded("holds control characters, so it is no text file"))
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _decoded(content: bytes) -> str:
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            try:
                return content.decode(encoding)
            except UnicodeDecodeError as error:
                raise UnreadableText(
                    worded(
                        "begins like %(encoding)s but breaks at byte %(place)s",
                        encoding=encoding,
                        place=error.start,
                    )
                ) from error
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        if _THAI_BYTES.search(content) and not _OTHER_BYTES.search(content):
            # Windows-874 and TIS-620 share the Thai letters; Python names the wider one cp874.
            return content.decode("cp874", errors="replace")
        raise UnreadableText(
            worded(
                "is neither UTF-8, UTF-16 with a byte order mark nor TIS-620 (byte %(place)s)",
                place=error.start,
            )
        ) from error
