"""Read the monthly updates of a checked programme file; pure."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sca_lms.programmes.faults import find_text, rows
from sca_lms.programmes.periods import read_moment
from sca_lms.texts import Bilingual


@dataclass(frozen=True, slots=True)
class UpdateSpec:
    """An update as the file wants it, with moments in UTC."""

    number: int
    title: Bilingual
    starts_at: dt.datetime
    ends_at: dt.datetime
    dimension: str
    speaker: Bilingual
    join_url: str


def read_updates(document: Mapping[str, object]) -> list[UpdateSpec]:
    """Return the updates of a programme by number; none where it has no such section."""
    zone = ZoneInfo(find_text(document, "programme", "timezone") or "UTC")
    found = [
        UpdateSpec(
            number=int(str(row["no"])),
            title=Bilingual.of(row.get("title")),
            starts_at=_utc(str(row["start"]), zone),
            ends_at=_utc(str(row["end"]), zone),
            dimension=str(row["dimension"]),
            speaker=Bilingual.of(row.get("speaker")),
            join_url=str(row.get("join_url") or ""),
        )
        for _path, row in rows(document, "knowledge_updates")
    ]
    return sorted(found, key=lambda each: each.number)


def _utc(text: str, zone: ZoneInfo) -> dt.datetime:
    return read_moment(text).replace(tzinfo=zone).astimezone(dt.UTC)
