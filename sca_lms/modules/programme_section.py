"""Read the pre-bootcamp section of a checked programme file: modules, units and quizzes; pure.

The file's faults are reported before it is stored; here a missing optional field only takes its default.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, Decimal
from zoneinfo import ZoneInfo

from sca_lms.assessments.quiz_specification import QuizSpec, parse_quiz
from sca_lms.modules.plan import UnitType
from sca_lms.modules.prerequisites import Prerequisites, all_modules
from sca_lms.programmes.faults import find, find_text, find_whole, items, rows
from sca_lms.programmes.periods import read_moment
from sca_lms.texts import Bilingual


@dataclass(frozen=True, slots=True)
class UnitSpec:
    """A unit as the file wants it."""

    code: str
    type: UnitType
    title: Bilingual
    minutes: int
    required: bool
    starts_at: dt.datetime | None
    body: Bilingual
    video_url: str
    video_seconds: int | None
    transcript: Bilingual
    join_url: str
    room: str
    least_posts: int | None
    least_characters: int | None
    least_replies: int | None


@dataclass(frozen=True, slots=True)
class ModuleSpec:
    """A module as the file wants it; `quiz.code` is the code of the unit in which it is taken."""

    code: str
    title: Bilingual
    minutes: int
    due_at: dt.datetime | None
    prerequisites: Prerequisites
    quiz_pass_percent: int | None
    units: tuple[UnitSpec, ...]
    quiz: QuizSpec | None


def read_modules(document: Mapping[str, object]) -> tuple[ModuleSpec, ...]:
    """Read all modules, with moments in UTC; raise `FaultyQuiz` for a quiz that cannot be asked."""
    zone = ZoneInfo(find_text(document, "programme", "timezone") or "UTC")
    return tuple(_module(row, zone) for _path, row in rows(document, "pre_bootcamp", "modules"))


def _module(row: Mapping[str, object], zone: ZoneInfo) -> ModuleSpec:
    code, title = str(row["code"]), Bilingual.of(row.get("title"))
    pass_percent = _pass_percent(find(row, "completion", "quiz_pass_percent"))
    quiz_unit = find_text(row, "quiz", "unit") if items(row, "questions") else None
    units = tuple(_unit(unit, quiz_unit, zone) for _path, unit in rows(row, "units"))
    if find(row, "completion", "all_required_units") is False and quiz_unit is not None:
        units = tuple(_only_if(unit, unit.code == quiz_unit) for unit in units)
    return ModuleSpec(
        code=code,
        title=title,
        minutes=find_whole(row, "minutes") or 0,
        due_at=_moment(row.get("due"), zone),
        prerequisites=all_modules([str(wanted) for wanted in items(row, "prerequisites")]),
        quiz_pass_percent=pass_percent,
        units=units,
        quiz=_quiz(row, title, units, quiz_unit, pass_percent),
    )


def _unit(row: Mapping[str, object], quiz_unit: str | None, zone: ZoneInfo) -> UnitSpec:
    kind, code = UnitType(str(row["type"])), str(row["code"])
    # A quiz without questions cannot be passed, so it must not keep anybody from completing the module.
    possible = kind is not UnitType.QUIZ or code == quiz_unit
    return UnitSpec(
        code=code,
        type=kind,
        title=Bilingual.of(row.get("title")),
        minutes=find_whole(row, "minutes") or 0,
        required=row.get("required") is not False and possible,
        starts_at=_moment(row.get("start"), zone),
        body=Bilingual.of(row.get("body")),
        video_url=find_text(row, "url") or "",
        video_seconds=find_whole(row, "video_seconds"),
        transcript=Bilingual.of(row.get("transcript")),
        join_url=find_text(row, "join_url") or "",
        room=find_text(row, "room") or "",
        least_posts=find_whole(row, "posts"),
        least_characters=find_whole(row, "characters"),
        least_replies=find_whole(row, "replies"),
    )


def _only_if(unit: UnitSpec, required: bool) -> UnitSpec:
    return unit if unit.required is required else replace(unit, required=required)


def _quiz(
    row: Mapping[str, object],
    title: Bilingual,
    units: tuple[UnitSpec, ...],
    quiz_unit: str | None,
    pass_percent: int | None,
) -> QuizSpec | None:
    unit = next((unit for unit in units if unit.code == quiz_unit), None)
    settings = row.get("quiz")
    if unit is None or not isinstance(settings, Mapping):
        return None
    # In the list of all quizzes eight of them would otherwise be called "Module quiz".
    name = Bilingual(
        th=f"{unit.title.pick('th')[0]}: {title.pick('th')[0]}",
        en=f"{unit.title.pick('en')[0]}: {title.pick('en')[0]}",
    )
    return parse_quiz(unit.code, name, settings, row.get("questions"), pass_percent=pass_percent)


def _pass_percent(value: object) -> int | None:
    """Return the pass mark in whole percent, rounded up; a mark of 0 is none at all."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(Decimal(str(value)).to_integral_value(ROUND_CEILING)) or None


def _moment(value: object, zone: ZoneInfo) -> dt.datetime | None:
    if not isinstance(value, str):
        return None
    return read_moment(value).replace(tzinfo=zone).astimezone(dt.UTC)
