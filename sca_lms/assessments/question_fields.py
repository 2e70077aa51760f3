"""Read the fields of a question's document, each refused by name when it is not what it should be."""

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation

from sca_lms.assessments.refusals import BadAnswer, FaultyQuestion
from sca_lms.assessments.written_answers import parse_number
from sca_lms.texts import Bilingual, worded

LONGEST_LIST = 50
LONGEST_PROMPT = 4000
LONGEST_TEXT = 1000
_LARGEST = Decimal(10) ** 15

Document = Mapping[str, object]


def read_text(value: object, field: str, *, at_most: int = LONGEST_TEXT) -> Bilingual:
    """Read a text in one language for both or in each; raise `FaultyQuestion` when empty or too long."""
    if not isinstance(value, str | Mapping):
        raise FaultyQuestion(field, worded("must be a text, or a text in th and en"))
    text = Bilingual.of(value)
    if not text:
        raise FaultyQuestion(field, worded("is empty"))
    if max(len(text.th), len(text.en)) > at_most:
        raise FaultyQuestion(field, worded("is longer than %(at_most)s letters", at_most=at_most))
    return text


def read_optional_text(document: Document, field: str, *, called: str | None = None) -> Bilingual:
    """Read a text that may be missing; raise `FaultyQuestion` when it is there and faulty."""
    value = document.get(field)
    if value is None or value == "" or not (isinstance(value, str) or Bilingual.of(value)):
        return Bilingual("", "")
    return read_text(value, called or field, at_most=LONGEST_PROMPT)


def read_decimal(value: object, field: str) -> Decimal:
    """Read a number exactly; raise `FaultyQuestion` when it is none that a person can write."""
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        raise FaultyQuestion(field, worded("must be a number"))
    try:
        # A float comes only from YAML; its shortest text is what the author wrote.
        number = parse_number(value) if isinstance(value, str) else Decimal(str(value))
    except (BadAnswer, InvalidOperation) as error:
        raise FaultyQuestion(field, worded("must be a number")) from error
    if not number.is_finite() or abs(number) > _LARGEST:
        raise FaultyQuestion(field, worded("must be a number that a person can write"))
    return number


def read_bool(value: object, field: str) -> bool:
    """Read a yes or no; raise `FaultyQuestion` for anything else."""
    if not isinstance(value, bool):
        raise FaultyQuestion(field, worded("must be true or false"))
    return value


def read_mapping(document: Document, field: str) -> Document:
    """Read a field that has fields of its own; raise `FaultyQuestion` when it is missing."""
    value = document.get(field)
    if not isinstance(value, Mapping):
        raise FaultyQuestion(field, worded("is missing"))
    return value


def read_list(
    document: Document, field: str, *, at_least: int = 0, called: str | None = None
) -> Sequence[object]:
    """Read a list of a bearable length; raise `FaultyQuestion` otherwise."""
    value = document.get(field)
    if not isinstance(value, Sequence) or isinstance(value, str | bytes):
        raise FaultyQuestion(called or field, worded("must be a list"))
    if not at_least <= len(value) <= LONGEST_LIST:
        raise FaultyQuestion(
            called or field,
            worded(
                "must have between %(at_least)s and %(longest_list)s entries",
                at_least=at_least,
                longest_list=LONGEST_LIST,
            ),
        )
    return value


def read_rows(document: Document, field: str, *, called: str | None = None) -> list[Document]:
    """Read a list that may be missing, of entries that have fields; raise `FaultyQuestion` otherwise."""
    if document.get(field) is None:
        return []
    entries = read_list(document, field, called=called)
    rows = [entry for entry in entries if isinstance(entry, Mapping)]
    if len(rows) < len(entries):
        raise FaultyQuestion(called or field, worded("each entry must have fields"))
    return rows


def read_plain(value: object) -> str:
    """Read a typed text, empty when it is none."""
    # YAML reads an accepted answer such as 168 as a number.
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def pair_of(text: Bilingual) -> dict[str, str]:
    """Write a text in both languages."""
    return {"th": text.th, "en": text.en}
