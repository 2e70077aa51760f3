"""Read what phones report at the doors: a form of one act, or JSON with several that were waiting."""

import datetime as dt
import re
from collections.abc import Callable, Mapping
from typing import TypeVar

from sca_lms.attendance.rules import Presence
from sca_lms.attendance.self_check_in import Report
from sca_lms.attendance.staff_scans import StaffScan, Way
from sca_lms.web.incoming import KEY

MOST_ACTS = 100
LARGEST_BODY = 128 * 1024
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_EARLIEST_MS, _LATEST_MS = 0, 4_102_444_800_000
_KEY = re.compile(KEY)
_SESSION = re.compile(r"[A-Za-z0-9._-]{0,64}")
_LEARNER = re.compile(r"[A-Za-z0-9 -]{1,40}")
_ROOM_CODE = re.compile(r"[0-9a-f]{6,40}")
_DEVICE = re.compile(r"[A-Za-z0-9_-]{16,64}")

T = TypeVar("T")


class UnreadableReport(ValueError):
    """Not what a page of ours sends; the message is for programmers."""


def read_reports(sent: object) -> tuple[list[Report], str, dt.datetime]:
    """Return the reports of a learner's phone, its own random number, and what its clock said when it sent.

    Raise `UnreadableReport`.
    """
    body = _mapping(sent)
    device = body.get("device", "")
    if device != "" and not _matches(_DEVICE, device):
        raise UnreadableReport("device must be a random name of 16 to 64 letters")
    return _acts(body, _report), str(device), moment_of(body.get("sent_at"), "sent_at")


def read_scans(sent: object) -> tuple[list[StaffScan], dt.datetime]:
    """Return the acts of a staff member's phone and what its clock said when it sent them.

    Raise `UnreadableReport`.
    """
    body = _mapping(sent)
    return _acts(body, _staff_scan), moment_of(body.get("sent_at"), "sent_at")


def read_form(fields: Mapping[str, str]) -> Report:
    """Read the one act of a form; a code of another shape is simply wrong. Raise `UnreadableReport`."""
    seen = fields.get("seen_at", "")
    return _report(
        {
            "key": fields.get("key"),
            "act": fields.get("act"),
            "code": typed_code(fields.get("code", "")),
            "session": fields.get("session", ""),
            "at": int(seen) if re.fullmatch(r"[0-9]{1,13}", seen, re.ASCII) else None,
        }
    )


def typed_code(typed: str) -> str:
    """Return a room code as it was meant: Thai digits are digits, spaces and hyphens do not matter.

    What cannot be a code becomes six zeros too few, which no room ever shows.
    """
    digits = "".join(str(int(each)) if each.isdecimal() else each for each in typed.casefold())
    code = re.sub(r"[\s-]", "", digits)
    return code if _ROOM_CODE.fullmatch(code) else "0" * 7


def moment_of(value: object, name: str) -> dt.datetime:
    """Return the moment of a number of milliseconds since 1970. Raise `UnreadableReport`."""
    if not isinstance(value, int) or isinstance(value, bool) or not _EARLIEST_MS <= value <= _LATEST_MS:
        raise UnreadableReport(f"{name} must be milliseconds since 1970")
    return _EPOCH + dt.timedelta(milliseconds=value)


def _acts(body: Mapping[str, object], read: Callable[[Mapping[str, object]], T]) -> list[T]:
    acts = body.get("acts")
    if not isinstance(acts, list) or len(acts) > MOST_ACTS:
        raise UnreadableReport(f"acts must be a list of at most {MOST_ACTS}")
    return [read(_mapping(each)) for each in acts]


def _report(act: Mapping[str, object]) -> Report:
    way = _word(act, "act", {"in", "out"})
    code, at = act.get("code"), act.get("at")
    if not isinstance(code, str):
        raise UnreadableReport("code must be a text")
    return Report(
        _text(act, "key", _KEY),
        way == "out",
        typed_code(code),
        _text(act, "session", _SESSION, default=""),
        None if at is None else moment_of(at, "at"),
    )


def _staff_scan(act: Mapping[str, object]) -> StaffScan:
    way = Way(_word(act, "act", {each.value for each in Way}))
    stay = None
    if way is Way.SHEET and act.get("in_at") is not None:
        stay = Presence(moment_of(act.get("in_at"), "in_at"), moment_of(act.get("out_at"), "out_at"))
    return StaffScan(
        _text(act, "key", _KEY),
        way,
        _text(act, "code", _LEARNER),
        act.get("how") == "list",
        moment_of(act.get("at"), "at"),
        stay,
    )


def _mapping(value: object) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise UnreadableReport("must be an object")
    return value


def _word(act: Mapping[str, object], name: str, words: set[str]) -> str:
    value = act.get(name)
    if not isinstance(value, str) or value not in words:
        raise UnreadableReport(f"{name} must be one of {', '.join(sorted(words))}")
    return value


def _text(act: Mapping[str, object], name: str, shape: re.Pattern[str], default: str | None = None) -> str:
    value = act.get(name, default)
    if not _matches(shape, value):
        raise UnreadableReport(f"{name} is missing or has another shape")
    return str(value)


def _matches(shape: re.Pattern[str], value: object) -> bool:
    return isinstance(value, str) and shape.fullmatch(value) is not None
