"""Check the pre-bootcamp modules: units, prerequisites, dates, quizzes and questions."""

from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter

from sca_lms.programmes import periods
from sca_lms.programmes.faults import (
    Document,
    Fault,
    Locate,
    Path,
    codes,
    did_you_mean,
    find,
    find_text,
    find_whole,
    items,
    repeated,
    rows,
    shown,
    unknown_reference,
)
from sca_lms.programmes.markdown_tables import table_fault
from sca_lms.texts import worded

_MODULES = ("pre_bootcamp", "modules")
# Twenty circles make the point; a hostile file could hold so many that untying them takes hours.
_MOST_CIRCLES = 20
_LONGEST_CHAIN = 20


def check_units(document: Document, locate: Locate) -> Iterator[Fault]:
    """Check that unit codes are unique in the programme and that a module lasts as long as its units."""
    found: list[tuple[Path, object]] = []
    for path, module in rows(document, *_MODULES):
        found += [((*path, *place, "code"), unit.get("code")) for place, unit in rows(module, "units")]
        minutes = [find_whole(unit, "minutes") for _, unit in rows(module, "units")]
        known = [each for each in minutes if each is not None]
        total = find_whole(module, "minutes")
        complete = len(known) == len(items(module, "units")) > 0
        if complete and total is not None and sum(known) != total:
            yield locate(*path, "minutes").fault(
                worded("is %(total)s, but the units add up to %(sum)s minutes", total=total, sum=sum(known))
            )
    yield from repeated(locate, found)


def check_discussions(document: Document, locate: Locate) -> Iterator[Fault]:
    """Check that a discussion does not ask for more answers than posts, which they are among."""
    for path, module in rows(document, *_MODULES):
        for place, unit in rows(module, "units"):
            posts, replies = find_whole(unit, "posts"), find_whole(unit, "replies")
            if posts is not None and replies is not None and replies > posts:
                yield locate(*path, *place, "replies").fault(
                    worded(
                        "asks for %(replies)s replies among its posts, but for %(posts)s posts only",
                        replies=replies,
                        posts=posts,
                    )
                )


def check_tables(document: Document, locate: Locate) -> Iterator[Fault]:
    """Check that the tables in the texts of units are small enough to be shown."""
    for path, module in rows(document, *_MODULES):
        for place, unit in rows(module, "units"):
            for field in ("body", "transcript"):
                words = unit.get(field)
                texts = words.values() if isinstance(words, dict) else [words]
                faults = [table_fault(text) for text in texts if isinstance(text, str)]
                reason = next((fault for fault in faults if fault), None)
                if reason is not None:
                    yield locate(*path, *place, field).fault(reason)


def check_prerequisites(document: Document, locate: Locate) -> Iterator[Fault]:
    """Check that prerequisites name modules, each once, and that no module waits for itself."""
    found = codes(document, *_MODULES)
    waits: dict[str, set[str]] = {}
    for path, module in rows(document, *_MODULES):
        wanted = [code if isinstance(code, str) else None for code in items(module, "prerequisites")]
        places: list[tuple[Path, object]] = [
            ((*path, "prerequisites", n), code) for n, code in enumerate(wanted)
        ]
        yield from repeated(locate, places)
        for place, code in zip((place for place, _ in places), wanted, strict=True):
            yield from unknown_reference(locate, place, code, known=found, kind=worded("module"))
        own = find_text(module, "code")
        if own is not None:
            waits.setdefault(own, set()).update(code for code in wanted if code in found and code is not None)
    yield from _circles(waits, found, locate)


def _circles(waits: dict[str, set[str]], found: dict[str, Path], locate: Locate) -> Iterator[Fault]:
    """Report one circle after the other, opening each where it was reported."""
    for _ in range(_MOST_CIRCLES):
        try:
            TopologicalSorter(waits).prepare()
        except CycleError as error:
            # graphlib lists each module before the one that waits for it; people read it the other way round.
            circle: list[str] = list(reversed(error.args[1]))
            waits[circle[0]].discard(circle[1])
            reason = worded(
                "goes in a circle, so that nobody can start: %(circle)s",
                circle=_chain(circle),
            )
            yield locate(*found[circle[0]], "prerequisites").fault(reason)
        else:
            return


def _chain(circle: list[str]) -> str:
    steps = circle if len(circle) <= _LONGEST_CHAIN else [*circle[: _LONGEST_CHAIN - 2], "…", circle[-1]]
    link = steps[-1]
    for module in reversed(steps[:-1]):
        link = worded("%(module)s needs %(next)s", module=module, next=link)
    return link


def check_module_dates(document: Document, locate: Locate) -> Iterator[Fault]:
    """Check that due dates and live classes fall into the pre-bootcamp window."""
    first = find_text(document, "pre_bootcamp", "window", "start")
    last = find_text(document, "pre_bootcamp", "window", "end")
    if first is None or last is None or last < first:
        return
    for path, module in rows(document, *_MODULES):
        moments = [((*path, "due"), find_text(module, "due"))]
        moments += [
            ((*path, *place, "start"), find_text(unit, "start")) for place, unit in rows(module, "units")
        ]
        for place, text in moments:
            if text is not None and not first <= periods.read_moment(text).date().isoformat() <= last:
                yield locate(*place).fault(
                    worded(
                        "%(text)s is outside pre_bootcamp.window (%(first)s to %(last)s)",
                        text=text,
                        first=first,
                        last=last,
                    )
                )


def check_quizzes(document: Document, locate: Locate) -> Iterator[Fault]:
    """Check that each quiz unit has a quiz with questions, and the reverse."""
    for path, module in rows(document, *_MODULES):
        units = [
            (place, unit.get("code")) for place, unit in rows(module, "units") if unit.get("type") == "quiz"
        ]
        for place, _ in units[1:]:
            yield locate(*path, *place).fault(worded("is a second quiz; a module has one quiz unit at most"))
        yield from _check_quiz(path, module, [str(code) for _, code in units if code is not None], locate)
        if units and "quiz" not in module:
            code = shown(units[0][1])
            yield locate(*path, "quiz").fault(
                worded("is missing; the quiz unit %(code)s needs attempts and grading", code=code)
            )
        if units and "questions" in module and not items(module, "questions"):
            yield locate(*path, "questions").fault(worded("has no questions; the quiz needs one at least"))
        if units and "questions" not in module:
            yield locate(*path, "questions").fault(worded("is missing; the quiz needs one question at least"))


def _check_quiz(path: Path, module: Document, quiz_units: list[str], locate: Locate) -> Iterator[Fault]:
    unit = find_text(module, "quiz", "unit")
    if unit is not None and unit not in quiz_units:
        types = {row.get("code"): row.get("type") for _, row in rows(module, "units")}
        if unit in types:
            reason = worded(
                "%(unit)s is a %(type)s unit; a quiz belongs to a unit of type quiz",
                unit=shown(unit),
                type=types[unit],
            )
        else:
            reason = worded(
                "this module has no unit %(unit)s%(hint)s",
                unit=shown(unit),
                hint=did_you_mean(unit, quiz_units),
            )
        yield locate(*path, "quiz", "unit").fault(reason)
    if not quiz_units and "quiz" not in module:
        if items(module, "questions"):
            yield locate(*path, "questions").fault(
                worded("has questions, but the module has no quiz unit to ask them")
            )
        if find(module, "completion", "quiz_pass_percent") is not None:
            yield locate(*path, "completion", "quiz_pass_percent").fault(
                worded("is set, but the module has no quiz unit")
            )
