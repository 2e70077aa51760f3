"""Keep the gradebook, the activities, the tools and the keys in a JSON file between two runs."""

import dataclasses
import datetime as dt
import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

from joserfc.jwk import RSAKey

from sca_lms.demo.keys import import_private
from sca_lms.demo.site import Activity, Grade, LineItem, SiteState, Tool, ToolState
from sca_lms.errors import Refused
from sca_lms.texts import Bilingual

FORMAT = 1


class SnapshotUnreadable(Refused):
    """The state file is not one of ours; nothing was changed."""

    code = "snapshot-unreadable"


def save(path: Path, state: SiteState, keys: list[dict[str, object]]) -> None:
    """Write the file anew; a reader sees the old one or the new one, never a half."""
    document = {
        "format": FORMAT,
        "keys": keys,
        "last_id": state.last_id,
        "used_registrations": sorted(state.used_registrations),
        "activities": [dataclasses.asdict(each) for each in state.activities.values()],
        "line_items": [dataclasses.asdict(each) for each in state.line_items.values()],
        "tools": [dataclasses.asdict(each) for each in state.tools.values()],
    }
    fresh = path.with_name(f"{path.name}.new")
    fresh.touch(mode=0o600)
    fresh.write_text(json.dumps(document, default=_plain, ensure_ascii=False, indent=1), encoding="utf-8")
    fresh.replace(path)


def restore(path: Path, state: SiteState) -> list[RSAKey]:
    """Put what the file remembers into the site and return the signing keys; raises SnapshotUnreadable.

    People and courses stay those of the site. A tool that is registered by hand in the site keeps its new
    description, since addresses may have moved between two runs.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        if document["format"] != FORMAT:
            raise SnapshotUnreadable(f"{path}: written by another version of the pretend LMS")
        activities = {each["id"]: _activity(each) for each in document["activities"]}
        items = {each["id"]: _line_item(each) for each in document["line_items"]}
        tools = {each["client_id"]: _tool(each) for each in document["tools"]}
        keys = import_private(document["keys"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SnapshotUnreadable(f"{path}: not a state file of the pretend LMS ({error})") from error
    state.activities, state.line_items = activities, items
    state.tools = {**tools, **state.tools}
    state.used_registrations = set(document["used_registrations"])
    state.last_id = int(document["last_id"])
    return keys


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, dt.datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no place in a state file")


def _activity(kept: dict[str, object]) -> Activity:
    return Activity(**{**kept, "title": Bilingual.of(kept["title"])})  # type: ignore[arg-type] # our own file


def _line_item(kept: dict[str, object]) -> LineItem:
    grades = kept["grades"]
    if not isinstance(grades, Mapping):
        raise TypeError("grades")
    cells = {str(user_id): _grade(cell) for user_id, cell in grades.items()}
    changed = {**kept, "maximum": Decimal(str(kept["maximum"])), "grades": cells}
    return LineItem(**changed)  # type: ignore[arg-type] # our own file


def _grade(kept: dict[str, object]) -> Grade:
    changed = {
        **kept,
        "score": None if kept["score"] is None else Decimal(str(kept["score"])),
        "modified_at": dt.datetime.fromisoformat(str(kept["modified_at"])),
        "arrived_at": dt.datetime.fromisoformat(str(kept["arrived_at"])),
    }
    return Grade(**changed)  # type: ignore[arg-type] # our own file


def _tool(kept: dict[str, object]) -> Tool:
    changed = dict(kept)
    for name in ("redirect_uris", "deployment_ids", "scopes"):
        members = kept[name]
        if not isinstance(members, list):
            raise TypeError(name)
        changed[name] = tuple(members)
    return Tool(**{**changed, "state": ToolState(str(kept["state"]))})  # type: ignore[arg-type] # our own file
