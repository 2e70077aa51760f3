"""Read rubrics from files and from a programme, and write them as tables; pure."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sca_lms.assignments.name_lists import MOST_LINES
from sca_lms.assignments.rubric_rules import Rubric, number_of
from sca_lms.texts import Bilingual
from sca_lms.web.tables import cells_of

HEADER = (
    "criterion", "weight", "title_th", "title_en", "description_th", "description_en",
    "points", "label_th", "label_en", "text_th", "text_en",
)  # fmt: skip
_NEEDED = ("criterion", "weight", "points")
Place = tuple[int | None, int | None]
"""Criterion and level, counted from 1."""


@dataclass(frozen=True, slots=True)
class RubricFile:
    """What a file holds: code, title, the document, and in which line each part of it stands."""

    code: str
    title: Bilingual
    document: Mapping[str, object]
    lines: Mapping[Place, int] = field(default_factory=dict)


def read_json(text: str) -> RubricFile | None:
    """Return the rubric of a JSON file, None for what is no JSON object."""
    try:
        read = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(read, dict):
        return None
    return RubricFile(
        str(read.get("code") or "")[:64], Bilingual.of(read.get("title")), {"criteria": read.get("criteria")}
    )


def read_csv(text: str) -> RubricFile | None:
    """Return the rubric of a table with one line for each level, None when its columns are not those.

    Lines of one criterion follow each other; what is said of the criterion stands in the first of them.
    """
    rows = cells_of(text, most=MOST_LINES)
    header = [cell.strip().casefold() for cell in rows[0][1]] if rows else []
    if any(name not in header for name in _NEEDED):
        return None
    criteria: list[dict[str, object]] = []
    levels: list[dict[str, object]] = []
    lines: dict[Place, int] = {}
    for number, cells in rows[1:]:
        row = {name: _cell(cells, place) for place, name in enumerate(header) if name in HEADER}
        if not criteria or (row["criterion"] and row["criterion"] != criteria[-1]["code"]):
            levels = []
            criteria.append(
                {
                    "code": row["criterion"],
                    "title": _both(row, "title"),
                    "description": _both(row, "description"),
                    "weight": row["weight"],
                    "levels": levels,
                }
            )
            lines[len(criteria), None] = number
        levels.append({"value": row["points"], "label": _both(row, "label"), "text": _both(row, "text")})
        lines[len(criteria), len(levels)] = number
    return RubricFile("", Bilingual("", ""), {"criteria": criteria}, lines)


def table_of(rubric: Rubric) -> list[list[str]]:
    """Return the lines below `HEADER`, one for each level."""
    return [
        [
            criterion.code, number_of(criterion.weight),
            criterion.title.th, criterion.title.en, criterion.description.th, criterion.description.en,
            number_of(level.value), level.label.th, level.label.en, level.text.th, level.text.en,
        ]
        for criterion in rubric.criteria
        for level in criterion.levels
    ]  # fmt: skip


def programme_rubric(programme: Mapping[str, object], title: Bilingual) -> RubricFile | None:
    """Return the rubric of the pitching in a programme file, None when it has none."""
    pitching = programme.get("pitching")
    section = pitching.get("rubric") if isinstance(pitching, Mapping) else None
    if not isinstance(section, Mapping):
        return None
    criteria = section.get("criteria")
    document = {"criteria": [_criterion(each) for each in criteria] if isinstance(criteria, list) else None}
    named = Bilingual.of(section.get("title")) if section.get("title") else title
    return RubricFile(str(section.get("code") or "PITCH")[:64], named, document)


def _criterion(given: object) -> dict[str, object]:
    fields = given if isinstance(given, Mapping) else {}
    levels = fields.get("levels")
    return {
        "code": fields.get("code"),
        "title": _text(fields.get("title")),
        "description": _text(fields.get("description")),
        "weight": fields.get("weight"),
        "levels": [_level(each) for each in levels] if isinstance(levels, list) else None,
    }


def _level(given: object) -> dict[str, object]:
    # A level of a programme file has its texts beside its number, and no name of its own.
    fields = given if isinstance(given, Mapping) else {}
    return {"value": fields.get("level"), "label": _text(None), "text": _text(fields)}


def _text(given: object) -> dict[str, str]:
    read = Bilingual.of(given)
    return {"th": read.th, "en": read.en}


def _both(row: Mapping[str, str], name: str) -> dict[str, str]:
    return {"th": row.get(f"{name}_th", ""), "en": row.get(f"{name}_en", "")}


def _cell(cells: Sequence[str], place: int) -> str:
    # Our own export puts an apostrophe before what a spreadsheet would take for a formula.
    return cells[place].strip().removeprefix("'") if place < len(cells) else ""
