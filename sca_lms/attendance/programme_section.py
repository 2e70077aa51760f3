"""Read the hours policy, the categories and the timetable of a checked programme file; pure."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from zoneinfo import ZoneInfo

from sca_lms.attendance.rules import SessionTimes
from sca_lms.programmes.faults import find, find_text, find_whole, items, rows
from sca_lms.programmes.periods import read_break, read_moment
from sca_lms.texts import Bilingual

POLICY_SECTION = "hours_policy"
NO_FLOOR = Decimal(0)


@dataclass(frozen=True, slots=True)
class CategorySpec:
    """A category as the file wants it; minutes beyond the cap do not count."""

    code: str
    title: Bilingual
    minutes: int
    cap_minutes: int
    floor_percent: Decimal


@dataclass(frozen=True, slots=True)
class SessionSpec:
    """A session as the file wants it, with moments in UTC."""

    code: str
    category: str
    title: Bilingual
    times: SessionTimes
    mode: str
    venue: Bilingual
    capacity: int | None
    join_url: str


def read_policy(document: Mapping[str, object]) -> Mapping[str, object] | None:
    """Return the section `hours_policy`; None when the programme has none."""
    section = document.get(POLICY_SECTION)
    return section if isinstance(section, Mapping) else None


def general_floor(policy: Mapping[str, object]) -> Decimal:
    """Return the percent of its minutes that every category without a floor of its own asks for."""
    given = policy.get("category_floor_percent")
    return NO_FLOOR if given is None else Decimal(str(given))


def read_categories(document: Mapping[str, object]) -> tuple[CategorySpec, ...]:
    """Read the categories; without a cap all minutes asked for count, without a floor the policy's holds."""
    floor = general_floor(read_policy(document) or {})
    return tuple(_category(row, floor) for _path, row in rows(document, "bootcamp", "categories"))


def read_sessions(document: Mapping[str, object]) -> tuple[SessionSpec, ...]:
    """Read the sessions of all days in the file's order."""
    zone = ZoneInfo(find_text(document, "programme", "timezone") or "UTC")
    venues = {str(row["code"]): row for _path, row in rows(document, "bootcamp", "venues")}
    return tuple(
        _session(row, venues, zone)
        for _day_path, day in rows(document, "bootcamp", "days")
        for _path, row in rows(day, "sessions")
    )


def _category(row: Mapping[str, object], floor: Decimal) -> CategorySpec:
    minutes, own_floor = int(str(row["minutes"])), find(row, "floor_percent")
    return CategorySpec(
        str(row["code"]),
        Bilingual.of(row.get("title")),
        minutes,
        find_whole(row, "cap_minutes") or minutes,
        floor if own_floor is None else Decimal(str(own_floor)),
    )


def _session(
    row: Mapping[str, object], venues: Mapping[str, Mapping[str, object]], zone: ZoneInfo
) -> SessionSpec:
    start, end = read_moment(str(row["start"])), read_moment(str(row["end"]))
    pauses = [
        read_break(str(find(pause, "start")), str(find(pause, "end")), session_start=start)
        for pause in items(row, "breaks")
    ]
    venue = venues.get(str(row.get("venue", "")), {})
    return SessionSpec(
        str(row["code"]),
        str(row["category"]),
        Bilingual.of(row.get("title")),
        SessionTimes(
            _utc(start, zone),
            _utc(end, zone),
            tuple((_utc(begins, zone), _utc(ends, zone)) for begins, ends in pauses),
        ),
        str(venue.get("mode", "onsite")),
        Bilingual.of(venue.get("title", "")),
        find_whole(row, "capacity"),
        str(row.get("join_url", "")),
    )


def _utc(local: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    return local.replace(tzinfo=zone).astimezone(dt.UTC)
