"""Read the rubric editor: its fields, and the buttons that add, move and remove criteria and levels."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from sca_lms.assignments.rubric_rules import CODE, MOST_CRITERIA, MOST_LEVELS, Rubric, number_of
from sca_lms.texts import Bilingual
from sca_lms.web.forms import clean_text

LONGEST_TITLE = 200
NEW_LEVELS = ("4", "3", "2", "1", "0")
_ACT = re.compile(r"(add|up|down|remove)-(criterion|level)(?:-([0-9]{1,2}))?(?:-([0-9]{1,2}))?", re.ASCII)
Fields = dict[str, object]


@dataclass
class RubricDraft:
    """A rubric as it stands in the editor, right or wrong."""

    code: str
    title: Bilingual
    criteria: list[Fields]
    focus: str = ""
    """The id of the element that a button leads to."""

    @property
    def document(self) -> dict[str, object]:
        """The document as `rubric_rules.read_rubric` reads it."""
        return {"criteria": self.criteria}


def empty_draft() -> RubricDraft:
    """Return what a new rubric begins with: one criterion of five levels."""
    return RubricDraft("", Bilingual("", ""), [_new_criterion([])])


def draft_of(code: str, title: Bilingual, rubric: Rubric) -> RubricDraft:
    """Return a stored rubric as the editor shows it."""
    return RubricDraft(
        code,
        title,
        [
            {
                "code": criterion.code,
                "title": _both(criterion.title),
                "description": _both(criterion.description),
                "weight": number_of(criterion.weight),
                "levels": [
                    {"value": number_of(level.value), "label": _both(level.label), "text": _both(level.text)}
                    for level in criterion.levels
                ],
            }
            for criterion in rubric.criteria
        ],
    )


def read_draft(form: Mapping[str, str]) -> RubricDraft:
    """Return what the editor sent; characters that no keyboard makes are left out."""
    criteria: list[Fields] = []
    for place in range(MOST_CRITERIA + 1):
        name = f"c{place}"
        if f"{name}-weight" not in form:
            break
        levels: list[Fields] = []
        for step in range(MOST_LEVELS + 1):
            level = f"{name}-l{step}"
            if f"{level}-value" not in form:
                break
            levels.append(
                {
                    "value": _text(form, f"{level}-value"),
                    "label": _pair(form, f"{level}-label"),
                    "text": _pair(form, f"{level}-text"),
                }
            )
        criteria.append(
            {
                "code": _text(form, f"{name}-code"),
                "title": _pair(form, f"{name}-title"),
                "description": _pair(form, f"{name}-description"),
                "weight": _text(form, f"{name}-weight"),
                "levels": levels,
            }
        )
    title = Bilingual.of(_pair(form, "title"))
    return RubricDraft(_text(form, "code"), title, criteria)


def act(draft: RubricDraft, action: str) -> bool:
    """Do what a button of the editor says; return whether it was one of those."""
    found = _ACT.fullmatch(action)
    if found is None:
        return False
    verb, what = found[1], found[2]
    first, second = (None if given is None else int(given) for given in (found[3], found[4]))
    if what == "criterion":
        place = _do(draft.criteria, verb, first, MOST_CRITERIA, _new_criterion(draft.criteria))
        draft.focus = "add-criterion" if place is None else f"c{place}-title-th"
    elif first is not None and first < len(draft.criteria):
        levels = draft.criteria[first]["levels"]
        if isinstance(levels, list):
            blank: Fields = {"value": "", "label": _both(Bilingual("", "")), "text": _both(Bilingual("", ""))}
            place = _do(levels, verb, second, MOST_LEVELS, blank)
            draft.focus = f"c{first}-add-level" if place is None else f"c{first}-l{place}-value"
    return True


def _do(rows: list[Fields], verb: str, place: int | None, most: int, blank: Fields) -> int | None:
    """Change a list of criteria or levels; return the place where the reader goes on."""
    if verb == "add":
        if len(rows) < most:
            rows.append(blank)
        return len(rows) - 1
    if place is None or place >= len(rows):
        return None
    if verb == "remove":
        del rows[place]
        return min(place, len(rows) - 1) if rows else None
    to = place + (-1 if verb == "up" else 1)
    if 0 <= to < len(rows):
        rows[place], rows[to] = rows[to], rows[place]
        return to
    return place


def _new_criterion(others: list[Fields]) -> Fields:
    taken = {str(each["code"]) for each in others}
    number = 1
    while f"C{number}" in taken:
        number += 1
    values: tuple[str, ...] = NEW_LEVELS
    if others and isinstance(levels := others[-1]["levels"], list) and levels:
        values = tuple(str(level["value"]) for level in levels)
    nothing = Bilingual("", "")
    return {
        "code": f"C{number}",
        "title": _both(nothing),
        "description": _both(nothing),
        "weight": "",
        "levels": [{"value": value, "label": _both(nothing), "text": _both(nothing)} for value in values],
    }


def is_code(code: str) -> bool:
    """Tell whether a rubric can have this code."""
    return CODE.fullmatch(code) is not None


def _pair(form: Mapping[str, str], name: str) -> dict[str, str]:
    return {"th": _text(form, f"{name}-th"), "en": _text(form, f"{name}-en")}


def _text(form: Mapping[str, str], name: str) -> str:
    given = form.get(name, "")
    try:
        return clean_text(given, lines=True)
    except ValueError:
        return clean_text(
            "".join(letter for letter in given if letter.isprintable() or letter == "\n"), lines=True
        )


def _both(text: Bilingual) -> dict[str, str]:
    return {"th": text.th, "en": text.en}
