"""Tell text that every database and page can hold from text that only looks like it."""

import re

# Control characters and halves of surrogate pairs: PostgreSQL refuses the first of them, UTF-8 the last.
_UNFIT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


def clean(text: str) -> str:
    """Return a text without characters that cannot be stored or shown."""
    # Nearly every text is printable, and asking so takes a tenth of the search.
    return text if text.isprintable() else _UNFIT.sub("", text)


def is_clean(text: str) -> bool:
    """Tell whether an identifier may be stored and compared as it is, on one line."""
    return text.isprintable() or (_UNFIT.search(text) is None and "\n" not in text and "\t" not in text)
