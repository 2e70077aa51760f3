"""Check, export and move a programme file, the door between what people edit and what is stored.

The document is the file as plain JSON values. Dates are texts "2022-08-24"; local times are texts
"2022-09-05T08:30", with seconds only where the file gives them; everything else stands as it was written,
in the order it was written. Checking what `dump` wrote gives the same document again.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sca_lms.programmes import yaml_lines, yaml_writing
from sca_lms.programmes.checks_activities import (
    check_mentoring,
    check_rounds,
    check_rubric,
    check_updates,
)
from sca_lms.programmes.checks_basics import (
    check_codes,
    check_hours_policy,
    check_line_items,
    check_outcomes,
    check_programme,
    check_sample_cohort,
)
from sca_lms.programmes.checks_bootcamp import check_categories, check_days, check_sessions
from sca_lms.programmes.checks_modules import (
    check_discussions,
    check_module_dates,
    check_prerequisites,
    check_quizzes,
    check_tables,
    check_units,
)
from sca_lms.programmes.checks_questions import check_questions
from sca_lms.programmes.faults import (
    Document,
    Fault,
    SectionChecker,
    find_text,
    find_whole,
    items,
    rows,
)
from sca_lms.programmes.schema import PROGRAMME_FILE
from sca_lms.programmes.shapes import Spot
from sca_lms.programmes.variants import LANGUAGES

_OWN_CHECKERS: tuple[SectionChecker, ...] = (
    check_programme,
    check_codes,
    check_line_items,
    check_hours_policy,
    check_discussions,
    check_tables,
    check_units,
    check_prerequisites,
    check_module_dates,
    check_quizzes,
    check_questions,
    check_days,
    check_sessions,
    check_categories,
    check_mentoring,
    check_updates,
    check_rounds,
    check_rubric,
    check_outcomes,
    check_sample_cohort,
)


@dataclass(frozen=True, slots=True)
class Checked:
    """A checked file: its faults in the order of lines, and its document, or the sound parts of it."""

    document: dict[str, object]
    faults: list[Fault]


@dataclass(frozen=True, slots=True)
class Counts:
    """How much a programme holds; `minutes` is what its bootcamp requires."""

    modules: int
    units: int
    questions: int
    sessions: int
    minutes: int


def check(text: bytes, *, checkers: Sequence[SectionChecker] = ()) -> Checked:
    """Check a whole file in one pass, also with the packages' checkers; no bytes make it raise."""
    reading = yaml_lines.read(text)
    if reading.root is None:
        return Checked({}, sorted(reading.faults))
    faults = list(reading.faults)
    plain = reading.root.plain()
    clean = PROGRAMME_FILE.check(plain, Spot((), reading.locate, faults, _languages(plain)))
    document = clean if isinstance(clean, dict) else {}
    for checker in (*_OWN_CHECKERS, *checkers):
        faults.extend(checker(document, reading.locate))
    return Checked(document, sorted(set(faults)))


def dump(document: Document) -> str:
    """Write a document as YAML text; checking that text gives an equal document."""
    return yaml_writing.write(document)


def shift_dates(document: Document, days: int) -> dict[str, object]:
    """Return the document for a programme held so many days later (or earlier, if negative).

    Every day, month and local time of the schema moves, worked cases and anchor date included; texts and
    extension sections (x_…) stay. Raises OverflowError beyond the calendar.
    """
    shifted = PROGRAMME_FILE.shift(dict(document), days)
    return shifted if isinstance(shifted, dict) else {}


def count(document: Document) -> Counts:
    """Count what a document holds."""
    modules = [module for _, module in rows(document, "pre_bootcamp", "modules")]
    days = [day for _, day in rows(document, "bootcamp", "days")]
    required = find_whole(document, "hours_policy", "required_minutes")
    return Counts(
        modules=len(modules),
        units=sum(len(items(module, "units")) for module in modules),
        questions=sum(len(items(module, "questions")) for module in modules),
        sessions=sum(len(items(day, "sessions")) for day in days),
        minutes=find_whole(document, "bootcamp", "required_minutes") or required or 0,
    )


def _languages(plain: object) -> tuple[str, ...]:
    """Return the languages every text must have; both, until the file legibly says otherwise."""
    named = [locale for locale in items(plain, "programme", "locales") if locale in LANGUAGES]
    return tuple(str(locale) for locale in named) or LANGUAGES


def programme_code(document: Document) -> str:
    """Return the programme's code, "" while it has none."""
    return find_text(document, "programme", "code") or ""
