"""Say in words for authors why a document is no well-formed XML; the parser's own words are English."""

from collections.abc import Sequence
from xml.parsers.expat import ExpatError, errors
from xml.sax import SAXParseException

from sca_lms.texts import Worded, worded

_UNFINISHED = (errors.XML_ERROR_NO_ELEMENTS, errors.XML_ERROR_UNCLOSED_TOKEN, errors.XML_ERROR_PARTIAL_CHAR)
_REASONS = {
    errors.XML_ERROR_SYNTAX: worded("nothing but elements may stand here"),
    errors.XML_ERROR_INVALID_TOKEN: worded(
        "this character may not stand here; write & as &amp; and < as &lt;, and put values in quotes"
    ),
    errors.XML_ERROR_DUPLICATE_ATTRIBUTE: worded("an element has the same attribute twice"),
    errors.XML_ERROR_JUNK_AFTER_DOC_ELEMENT: worded(
        "something stands after the end of the outermost element"
    ),
    errors.XML_ERROR_UNDEFINED_ENTITY: worded(
        "XML does not know a character by this name; write the character itself (such as &nbsp; as a space)"
    ),
    errors.XML_ERROR_BAD_CHAR_REF: worded("a character is named by a number that no text may hold"),
    errors.XML_ERROR_MISPLACED_XML_PI: worded("the line <?xml …?> may stand at the very beginning only"),
    errors.XML_ERROR_XML_DECL: worded("the line <?xml …?> is not written as it must be"),
    errors.XML_ERROR_UNCLOSED_CDATA_SECTION: worded("a <![CDATA[ has no ]]> behind it"),
}


def not_well_formed(error: SAXParseException, open_tags: Sequence[tuple[str, int]]) -> Worded:
    """Name the column, counted from 1, and what stands wrong there.

    `open_tags` are the names and lines of the elements that have no end at that place, the innermost last.
    """
    return worded(
        "is no well-formed XML at column %(column)s: %(problem)s",
        column=(error.getColumnNumber() or 0) + 1,
        problem=_problem(error.getException(), open_tags),
    )


def _problem(cause: Exception | None, open_tags: Sequence[tuple[str, int]]) -> Worded:
    reason = errors.messages.get(cause.code, "") if isinstance(cause, ExpatError) else ""
    tag, line = open_tags[-1] if open_tags else ("", 0)
    if open_tags and reason in _UNFINISHED:
        return worded("the file ends before <%(tag)s> of line %(line)s is closed", tag=tag, line=line)
    if open_tags and reason == errors.XML_ERROR_TAG_MISMATCH:
        return worded(
            "</%(tag)s> is missing before this; <%(tag)s> began on line %(line)s", tag=tag, line=line
        )
    if reason in _UNFINISHED:
        return worded("the file ends inside a tag")
    return _REASONS.get(reason, worded("this cannot be read"))
