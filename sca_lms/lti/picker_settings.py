"""Read what a host accepts as an answer of the picker; hosts are as sloppy here as elsewhere.

https://www.imsglobal.org/spec/lti-dl/v2p0 section 4.4.1.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

LINK_TYPE = "ltiResourceLink"
LONGEST_DATA = 20_000


class Target(StrEnum):
    """Where the host opens an activity."""

    IFRAME = "iframe"
    WINDOW = "window"


@dataclass(frozen=True, slots=True)
class PickerSettings:
    """What may be answered, and to where."""

    return_url: str
    takes_links: bool
    takes_several: bool
    takes_columns: bool
    """False only where the host says so: silence means nothing (section 4.4.1)."""
    targets: tuple[Target, ...]
    """Where the host lets the tool choose; empty when it does not."""
    data: str | None
    """Given back as it came, and left out when it did not come."""


def read_settings(said: Mapping[str, object]) -> PickerSettings:
    """Return what a host accepts."""
    types = _words(said.get("accept_types"))
    targets = _words(said.get("accept_presentation_document_targets"))
    data = said.get("data")
    return PickerSettings(
        return_url=str(said.get("deep_link_return_url", "")),
        takes_links=types is None or LINK_TYPE.lower() in types,
        takes_several=_flag(said.get("accept_multiple"), default=False),
        takes_columns=_flag(said.get("accept_lineitem"), default=True),
        targets=tuple(target for target in Target if targets is not None and target in targets),
        data=str(data) if isinstance(data, str | int) and not isinstance(data, bool) else None,
    )


def _words(said: object) -> frozenset[str] | None:
    """Return a list, which hosts that came from LTI 1.1 write as one string; None when nothing is said."""
    if isinstance(said, str):
        said = said.split(",")
    if not isinstance(said, list):
        return None
    return frozenset(word.strip().lower() for word in said if isinstance(word, str))


def _flag(said: object, *, default: bool) -> bool:
    if isinstance(said, bool):
        return said
    return {"true": True, "1": True, "false": False, "0": False}.get(str(said).strip().lower(), default)
