"""Read the smart-city dimensions of a checked programme file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sca_lms.texts import Bilingual


@dataclass(frozen=True, slots=True)
class Dimension:
    """One of the dimensions of a smart city, as the programme names it."""

    code: str
    title: Bilingual


def dimensions_of(document: Mapping[str, object] | None) -> Sequence[Dimension]:
    """Return the dimensions of a programme in their order; none without such a section."""
    listed = document.get("dimensions") if document is not None else None
    found = [each for each in listed if isinstance(each, Mapping)] if isinstance(listed, list) else []
    return [
        Dimension(str(each["code"]), Bilingual.of(each.get("title")))
        for each in sorted(found, key=lambda each: int(str(each["order"])))
    ]
