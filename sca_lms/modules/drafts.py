"""What a module will be when it is published, as a document that can be kept, compared and restored; pure."""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace

from sca_lms.modules.plan import UnitType
from sca_lms.modules.prerequisites import Prerequisites, document_of, read_prerequisites
from sca_lms.texts import Bilingual

NOTHING = Bilingual("", "")
OPEN = Prerequisites()


@dataclass(frozen=True, slots=True)
class UnitDraft:
    """One unit as its author wants it; the code stays for as long as the unit exists."""

    code: str
    type: UnitType
    title: Bilingual = NOTHING
    minutes: int = 15
    required: bool = True
    opens_at: dt.datetime | None = None
    starts_at: dt.datetime | None = None
    body: Bilingual = NOTHING
    video_url: str = ""
    video_seconds: int | None = None
    transcript: Bilingual = NOTHING
    captions_th: str = ""
    captions_en: str = ""
    join_url: str = ""
    room: str = ""
    quiz_id: int | None = None
    assignment_id: int | None = None
    files: tuple[str, ...] = ()
    least_posts: int | None = None
    least_characters: int | None = None
    least_replies: int | None = None


@dataclass(frozen=True, slots=True)
class ModuleDraft:
    """One module as its author wants it, with its units in the order of the page."""

    title: Bilingual = NOTHING
    minutes: int = 0
    opens_at: dt.datetime | None = None
    due_at: dt.datetime | None = None
    prerequisites: Prerequisites = OPEN
    quiz_pass_percent: int | None = None
    units: tuple[UnitDraft, ...] = ()

    def unit(self, code: str) -> UnitDraft | None:
        """Return one of the units."""
        return next((unit for unit in self.units if unit.code == code), None)

    def with_unit(self, changed: UnitDraft) -> "ModuleDraft":
        """Return the module with a unit changed, or added at the end."""
        if self.unit(changed.code) is None:
            return replace(self, units=(*self.units, changed))
        return replace(
            self, units=tuple(changed if unit.code == changed.code else unit for unit in self.units)
        )

    def without_unit(self, code: str) -> "ModuleDraft":
        """Return the module without a unit."""
        return replace(self, units=tuple(unit for unit in self.units if unit.code != code))

    def ordered(self, codes: Sequence[str]) -> "ModuleDraft":
        """Return the module with its units in this order; units that are not named come last."""
        place = {code: index for index, code in enumerate(codes)}
        return replace(
            self, units=tuple(sorted(self.units, key=lambda unit: place.get(unit.code, len(place))))
        )

    def moved(self, code: str, step: int) -> "ModuleDraft":
        """Return the module with a unit one place further up (-1) or down (1)."""
        codes = [unit.code for unit in self.units]
        return self.ordered(moved(codes, code, step))


def moved(codes: Sequence[str], code: str, step: int) -> list[str]:
    """Return the codes with one of them moved by `step` places, as far as there is room."""
    order = list(codes)
    if code not in order:
        return order
    index = order.index(code)
    order.insert(max(0, min(len(order) - 1, index + step)), order.pop(index))
    return order


# ---------------------------------------------------------------- as a document


def to_document(draft: ModuleDraft) -> dict[str, object]:
    """Return what is stored of a draft or a version; `read_document` reads it."""
    document = {each.name: _packed(getattr(draft, each.name)) for each in fields(ModuleDraft)}
    return {**document, "units": [_unit_document(unit) for unit in draft.units]}


def read_document(document: Mapping[str, object]) -> ModuleDraft:
    """Return the draft that `to_document` wrote; a field that came later takes its default."""
    units = document.get("units")
    rows = [row for row in units if isinstance(row, Mapping)] if isinstance(units, list) else []
    known = {name: read(document[name]) for name, read in _MODULE_FIELDS.items() if name in document}
    return ModuleDraft(**known, units=tuple(_read_unit(row) for row in rows))  # type: ignore[arg-type]  # Each reader returns its field's type.


def _unit_document(unit: UnitDraft) -> dict[str, object]:
    return {each.name: _packed(getattr(unit, each.name)) for each in fields(UnitDraft)}


def _read_unit(row: Mapping[str, object]) -> UnitDraft:
    known = {name: read(row[name]) for name, read in _UNIT_FIELDS.items() if name in row}
    return UnitDraft(**known)  # type: ignore[arg-type]  # Each reader returns its field's type.


def _packed(value: object) -> object:
    match value:
        case Bilingual():
            return {"th": value.th, "en": value.en}
        case dt.datetime():
            return value.astimezone(dt.UTC).isoformat()
        case Prerequisites():
            return document_of(value)
        case UnitType():
            return value.value
        case tuple():
            return list(value)
    return value


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _whole(value: object) -> int:
    return value if isinstance(value, int) else 0


def _number(value: object) -> int | None:
    return value if isinstance(value, int) else None


def _moment(value: object) -> dt.datetime | None:
    return dt.datetime.fromisoformat(value) if isinstance(value, str) else None


def _names(value: object) -> tuple[str, ...]:
    return tuple(str(name) for name in value) if isinstance(value, list) else ()


_Reader = Callable[[object], object]
_MODULE_FIELDS: Mapping[str, _Reader] = {
    "title": Bilingual.of,
    "minutes": _whole,
    "opens_at": _moment,
    "due_at": _moment,
    "prerequisites": read_prerequisites,
    "quiz_pass_percent": _number,
}
_UNIT_FIELDS: Mapping[str, _Reader] = {
    "code": _text,
    "type": lambda value: UnitType(_text(value)),
    "title": Bilingual.of,
    "minutes": _whole,
    "required": bool,
    "opens_at": _moment,
    "starts_at": _moment,
    "body": Bilingual.of,
    "video_url": _text,
    "video_seconds": _number,
    "transcript": Bilingual.of,
    "captions_th": _text,
    "captions_en": _text,
    "join_url": _text,
    "room": _text,
    "quiz_id": _number,
    "assignment_id": _number,
    "files": _names,
    "least_posts": _number,
    "least_characters": _number,
    "least_replies": _number,
}


# ---------------------------------------------------------------- differences


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that is not the same in two versions; without a unit it is the module's own."""

    unit: str
    field: str
    before: object
    after: object


UNITS_ORDER, UNIT_ITSELF = "order", "unit"


def differences(before: ModuleDraft, after: ModuleDraft) -> list[Difference]:
    """Return all that has changed from one version to another, the module's own fields first."""
    return [*_module_differences(before, after), *_unit_differences(before, after)]


def _module_differences(before: ModuleDraft, after: ModuleDraft) -> Iterator[Difference]:
    for name in _MODULE_FIELDS:
        yield from _compare("", name, getattr(before, name), getattr(after, name))
    kept = [
        [unit.code for unit in one.units if other.unit(unit.code)]
        for one, other in ((before, after), (after, before))
    ]
    if kept[0] != kept[1]:
        yield Difference("", UNITS_ORDER, kept[0], kept[1])


def _unit_differences(before: ModuleDraft, after: ModuleDraft) -> Iterator[Difference]:
    for unit in after.units:
        earlier = before.unit(unit.code)
        if earlier is None:
            yield Difference(unit.code, UNIT_ITSELF, None, unit.title)
            continue
        for name in _UNIT_FIELDS:
            yield from _compare(unit.code, name, getattr(earlier, name), getattr(unit, name))
    for unit in before.units:
        if after.unit(unit.code) is None:
            yield Difference(unit.code, UNIT_ITSELF, unit.title, None)


def _compare(unit: str, name: str, before: object, after: object) -> Iterator[Difference]:
    if before == after:
        return
    if isinstance(before, Bilingual) and isinstance(after, Bilingual):
        for language in ("th", "en"):
            pair = getattr(before, language), getattr(after, language)
            if pair[0] != pair[1]:
                yield Difference(unit, f"{name}_{language}", *pair)
        return
    yield Difference(unit, name, before, after)
