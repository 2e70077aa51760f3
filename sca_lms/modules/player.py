"""Put together what the page of one unit shows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from sca_lms.courses.rich_text import Pictures, to_html
from sca_lms.modules.plan import ModulePlan, UnitPlan
from sca_lms.texts import Bilingual

LANGUAGES = ("th", "en")
BOTH = "both"


@dataclass(frozen=True, slots=True)
class Passage:
    """A text of a unit in one language, ready to show; an empty language means that it is not known."""

    lang: str
    html: Markup


@dataclass(frozen=True, slots=True)
class Reading:
    """A text in the languages the reader wants; `choice` is th, en or both, and empty without a choice."""

    passages: tuple[Passage, ...]
    choice: str
    missing_language: str
    """The reader's language when the text lacks it."""

    def __bool__(self) -> bool:
        return bool(self.passages)


def reading(text: Bilingual, *, wanted: str, locale: str, pictures: Pictures = ()) -> Reading:
    """Choose the languages of a text: as wanted, else the reader's, else the one there is."""
    if text and text.th == text.en:
        # One text serves both languages: in which it is written, nobody said.
        return Reading((Passage("", to_html(text.th, pictures)),), "", "")
    texts = {"th": text.th, "en": text.en}
    known = [language for language in LANGUAGES if texts[language].strip()]
    choice = ""
    if len(known) > 1:
        choice = wanted if wanted in {*LANGUAGES, BOTH} else locale
    shown = known if len(known) < len(LANGUAGES) or choice == BOTH else [choice]
    lacking = bool(known) and locale not in known
    return Reading(
        tuple(Passage(language, to_html(texts[language], pictures)) for language in shown),
        choice,
        locale if lacking else "",
    )


@dataclass(frozen=True, slots=True)
class Step:
    """One unit on the way through all modules."""

    module: ModulePlan
    unit: UnitPlan


@dataclass(frozen=True, slots=True)
class Place:
    """Where a unit stands among all units: what comes before and after it, and the number of its module."""

    module_number: int
    previous: Step | None
    next: Step | None


def place_of(outline: Sequence[ModulePlan], unit_code: str) -> Place | None:
    """Return the place of a unit, None when no page leads to it."""
    steps = list(_steps(outline))
    for index, step in enumerate(steps):
        if step.unit.code == unit_code:
            before = steps[index - 1] if index else None
            after = steps[index + 1] if index + 1 < len(steps) else None
            return Place(outline.index(step.module) + 1, before, after)
    return None


def _steps(outline: Sequence[ModulePlan]) -> Iterator[Step]:
    for module in outline:
        for unit in module.units:
            yield Step(module, unit)
