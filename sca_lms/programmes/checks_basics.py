"""Check what the shared sections of a programme file say against each other."""

import zoneinfo
from collections.abc import Collection, Iterator
from decimal import Decimal
from functools import cache

from sca_lms.programmes import periods
from sca_lms.programmes.faults import (
    Document,
    Fault,
    Locate,
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
from sca_lms.texts import worded


def check_programme(document: Document, locate: Locate) -> Iterator[Fault]:
    """Check the zone, the languages and the order of the programme's dates."""
    zone = find_text(document, "programme", "timezone")
    if zone is not None and zone not in _time_zones():
        hint = did_you_mean(zone, _time_zones(), most=len(_time_zones()))
        reason = worded("is not an IANA time zone: %(value)s%(hint)s", value=shown(zone), hint=hint)
        yield locate("programme", "timezone").fault(reason)
    locales = items(document, "programme", "locales")
    default = find_text(document, "programme", "default_locale")
    if default is not None and locales and default not in locales:
        yield locate("programme", "default_locale").fault(
            worded("%(value)s is not in programme.locales", value=shown(default))
        )
    languages = [(("programme", "locales", index), locale) for index, locale in enumerate(locales)]
    yield from repeated(locate, languages)
    yield from _check_placement(document, locate)
    for earlier, later in _ORDERED_DAYS:
        first, second = find_text(document, *earlier), find_text(document, *later)
        if first is not None and second is not None and second < first:
            name = ".".join(earlier)
            yield locate(*later).fault(
                worded(
                    "%(second)s is before %(name)s (%(first)s, line %(line)s)",
                    second=second,
                    name=name,
                    first=first,
                    line=locate(*earlier).line,
                )
            )


_ORDERED_DAYS: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (("programme", "placement", "start"), ("programme", "placement", "end")),
    (("programme", "launch_date"), ("programme", "placement", "start")),
    (("programme", "launch_date"), ("pre_bootcamp", "window", "start")),
    (("pre_bootcamp", "window", "start"), ("pre_bootcamp", "window", "end")),
    (("pre_bootcamp", "window", "end"), ("bootcamp", "start")),
    (("bootcamp", "start"), ("bootcamp", "end")),
)


def _check_placement(document: Document, locate: Locate) -> Iterator[Fault]:
    path = ("programme", "placement")
    start, end = find_text(document, *path, "start"), find_text(document, *path, "end")
    months = find_whole(document, *path, "months")
    if start is None or end is None or months is None or end < start:
        return
    first, last = periods.read_day(start), periods.read_day(end)
    whole = (last.year - first.year) * 12 + last.month - first.month
    # The last day belongs to the placement: 1 October to 30 September are twelve months.
    if whole not in {months, months - 1}:
        yield locate(*path, "months").fault(
            worded(
                "is %(months)s, but from %(start)s to %(end)s it is about %(real)s months",
                months=months,
                start=start,
                end=end,
                real=whole + 1,
            )
        )


def check_codes(document: Document, locate: Locate) -> Iterator[Fault]:
    """Check that each list of things with a code, a number or an id names each thing once."""
    for path, key in _UNIQUE:
        found = [((*place, key), row.get(key)) for place, row in rows(document, *path)]
        yield from repeated(locate, found)


_UNIQUE: tuple[tuple[tuple[str, ...], str], ...] = (
    (("dimensions",), "code"),
    (("dimensions",), "order"),
    (("cohort_groups",), "code"),
    (("line_items",), "code"),
    (("pre_bootcamp", "modules"), "code"),
    (("bootcamp", "venues"), "code"),
    (("bootcamp", "categories"), "code"),
    (("bootcamp", "days"), "day"),
    (("bootcamp", "days"), "date"),
    (("mentoring", "categories"), "code"),
    (("mentoring", "plan"), "no"),
    (("knowledge_updates",), "no"),
    (("pitching", "rounds"), "code"),
    (("pitching", "rubric", "criteria"), "code"),
    (("outcome_fields",), "code"),
    (("credentials",), "code"),
    (("sample_cohort", "pairs"), "id"),
)


def check_line_items(document: Document, locate: Locate) -> Iterator[Fault]:
    """Check that the weights make 100 and that the hours column counts hours."""
    weights = [exact(row.get("weight")) for _, row in rows(document, "line_items")]
    known = [weight for weight in weights if weight is not None]
    if weights and len(known) == len(items(document, "line_items")) and sum(known) != 100:
        yield locate("line_items").fault(
            worded("the weights add up to %(sum)s; they must add up to 100", sum=sum(known))
        )
    required = find_whole(document, "hours_policy", "required_minutes")
    for path, row in rows(document, "line_items"):
        maximum = exact(row.get("score_maximum"))
        if row.get("code") != "HRS" or maximum is None:
            continue
        if required is not None and maximum * 60 != required:
            hours = Decimal(required) / 60
            reason = worded(
                "is %(maximum)s, but hours_policy asks for %(required)s minutes: %(hours)s hours",
                maximum=maximum,
                required=required,
                hours=f"{hours.normalize():f}",
            )
            yield locate(*path, "score_maximum").fault(reason)
        elif "hours_policy" not in document:
            yield locate(*path, "code").fault(
                worded("HRS needs the section hours_policy, which says how hours are counted")
            )


def check_hours_policy(document: Document, locate: Locate) -> Iterator[Fault]:
    """Check the policy against the bootcamp, and the times in its worked cases."""
    required = find_whole(document, "hours_policy", "required_minutes")
    planned = find_whole(document, "bootcamp", "required_minutes")
    if required is not None and planned is not None and required != planned:
        line = locate("hours_policy", "required_minutes").line
        reason = worded(
            "is %(planned)s, but hours_policy.required_minutes is %(required)s (line %(line)s)",
            planned=planned,
            required=required,
            line=line,
        )
        yield locate("bootcamp", "required_minutes").fault(reason)
    if "bootcamp" in document and "hours_policy" not in document:
        yield locate("hours_policy").fault(
            worded("is missing; a programme with a bootcamp says how its hours are counted")
        )
    makeup = find_whole(document, "hours_policy", "makeup", "cap_minutes")
    if required is not None and makeup is not None and makeup > required:
        yield locate("hours_policy", "makeup", "cap_minutes").fault(
            worded("is %(makeup)s, more than all %(required)s minutes", makeup=makeup, required=required)
        )
    for path, case in rows(document, "hours_policy", "examples"):
        start, end = find_text(case, "session", "start"), find_text(case, "session", "end")
        if start is None or end is None:
            continue
        if periods.read_moment(end) <= periods.read_moment(start):
            yield locate(*path, "session", "end").fault(
                worded("%(end)s is not after the start %(start)s", end=end, start=start)
            )
            continue
        for place, pause in rows(case, "session", "breaks"):
            if isinstance(edges := break_of(pause, start), str):
                yield locate(*path, *place).fault(edges)


def break_of(pause: Document, session_start: str) -> periods.Period | str | None:
    """Return a break as a period, what is wrong with it, or None when an edge is absent."""
    start, end = find_text(pause, "start"), find_text(pause, "end")
    if start is None or end is None:
        return None
    edges = periods.read_break(start, end, session_start=periods.read_moment(session_start))
    return (
        edges
        if edges[0] < edges[1]
        else worded("a break must end (%(end)s) after it starts (%(start)s)", end=end, start=start)
    )


def exact(value: object) -> Decimal | None:
    """Return a number of the file as it is written, so that sums are exact; None for anything else."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return Decimal(str(value)) if is_number else None


def check_outcomes(document: Document, locate: Locate) -> Iterator[Fault]:
    """Check that an outcome field's conditions name values that exist."""
    for path, row in rows(document, "outcome_fields"):
        low, high = find_whole(row, "min"), find_whole(row, "max")
        if low is not None and high is not None and high < low:
            yield locate(*path, "max").fault(
                worded("is %(high)s, less than min (%(low)s)", high=high, low=low)
            )
        yield from repeated(
            locate,
            [((*path, "values", index), value) for index, value in enumerate(items(row, "values"))],
        )
    statuses = [
        str(value)
        for _, row in rows(document, "outcome_fields")
        if row.get("code") == "status"
        for value in items(row, "values")
    ]
    for path, row in rows(document, "outcome_fields"):
        wanted = find_text(row, "required_from_status")
        if wanted is not None and wanted not in statuses:
            reason = worded(
                "the outcome field status has no value %(value)s%(hint)s",
                value=shown(wanted),
                hint=did_you_mean(wanted, statuses),
            )
            yield locate(*path, "required_from_status").fault(reason)


def check_sample_cohort(document: Document, locate: Locate) -> Iterator[Fault]:
    """Check that the sample people refer to groups, dimensions and profiles that exist."""
    captains = [
        ((*path, "captain", "id"), find(row, "captain", "id"))
        for path, row in rows(document, "sample_cohort", "pairs")
    ]
    yield from repeated(locate, captains)
    profiles = find(document, "sample_cohort", "attendance_profiles")
    references: tuple[tuple[tuple[str, ...], Collection[str], str], ...] = (
        (("group",), codes(document, "cohort_groups"), worded("cohort group")),
        (("project", "dimension"), codes(document, "dimensions"), worded("dimension")),
        (
            ("attendance_profile",),
            profiles if isinstance(profiles, dict) else (),
            worded("attendance profile"),
        ),
    )
    for path, row in rows(document, "sample_cohort", "pairs"):
        for field, known, kind in references:
            code = find_text(row, *field)
            yield from unknown_reference(locate, (*path, *field), code, known=known, kind=kind)


@cache
def _time_zones() -> tuple[str, ...]:
    return tuple(sorted(zoneinfo.available_timezones()))
