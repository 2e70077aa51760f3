"""Check mentoring, knowledge updates and pitching: sums, references and the order of dates."""

from collections import Counter
from collections.abc import Iterator

from sca_lms.programmes import periods
from sca_lms.programmes.checks_basics import exact
from sca_lms.programmes.faults import (
    Document,
    Fault,
    Locate,
    Path,
    codes,
    find_text,
    find_whole,
    items,
    rows,
    shown,
    unknown_reference,
)
from sca_lms.texts import worded

# Besides criteria, a tie may be broken by the panel comparing the tied teams two by two.
_PANEL_VOTE = "panel_pairwise_vote"


def check_mentoring(document: Document, locate: Locate) -> Iterator[Fault]:
    """Check that the quotas of the topics make the required whole and that the plan keeps to them."""
    categories = list(rows(document, "mentoring", "categories"))
    for field in ("sessions", "minutes"):
        amounts = [find_whole(row, field) for _, row in categories]
        known = [amount for amount in amounts if amount is not None]
        required = find_whole(document, "mentoring", "required", field)
        complete = len(known) == len(items(document, "mentoring", "categories")) > 0
        if complete and required is not None and sum(known) != required:
            reason = worded(
                "is %(required)s, but the categories add up to %(sum)s", required=required, sum=sum(known)
            )
            yield locate("mentoring", "required", field).fault(reason)
    topics = codes(document, "mentoring", "categories")
    plan = list(rows(document, "mentoring", "plan"))
    for path, meeting in plan:
        category = find_text(meeting, "category")
        yield from unknown_reference(
            locate, (*path, "category"), category, known=topics, kind=worded("mentoring category")
        )
    if plan and len(plan) == len(items(document, "mentoring", "plan")):
        planned = Counter(find_text(meeting, "category") for _, meeting in plan)
        for path, row in categories:
            code, quota = find_text(row, "code"), find_whole(row, "sessions")
            if code is not None and quota is not None and planned[code] != quota:
                reason = worded(
                    "is %(quota)s, but the plan has %(planned)s meetings of %(code)s",
                    quota=quota,
                    planned=planned[code],
                    code=code,
                )
                yield locate(*path, "sessions").fault(reason)


def check_updates(document: Document, locate: Locate) -> Iterator[Fault]:
    """Check that each update lasts as long as it says and names a dimension of the programme."""
    dimensions = codes(document, "dimensions")
    for path, update in rows(document, "knowledge_updates"):
        dimension = find_text(update, "dimension")
        yield from unknown_reference(
            locate, (*path, "dimension"), dimension, known=dimensions, kind=worded("dimension")
        )
        start, end, minutes = (
            find_text(update, "start"),
            find_text(update, "end"),
            find_whole(update, "minutes"),
        )
        if start is None or end is None:
            continue
        real = (periods.read_moment(end) - periods.read_moment(start)) // periods.MINUTE
        if real <= 0:
            yield locate(*path, "end").fault(
                worded("%(end)s is not after the start %(start)s", end=end, start=start)
            )
        elif minutes is not None and minutes != real:
            yield locate(*path, "minutes").fault(
                worded(
                    "is %(minutes)s, but from %(start)s to %(end)s it is %(real)s minutes",
                    minutes=minutes,
                    start=start,
                    end=end,
                    real=real,
                )
            )


def check_rounds(document: Document, locate: Locate) -> Iterator[Fault]:
    """Check that each round takes in the teams of the one before, and has judges and dates that fit."""
    known = [*codes(document, "pitching", "rubric", "criteria"), _PANEL_VOTE]
    expected: int | None = None
    for path, row in rows(document, "pitching", "rounds"):
        teams_in, teams_out = find_whole(row, "teams_in"), find_whole(row, "teams_out")
        if expected is not None and teams_in is not None and teams_in != expected:
            yield locate(*path, "teams_in").fault(
                worded(
                    "is %(teams_in)s, but the round before passes on %(expected)s teams",
                    teams_in=teams_in,
                    expected=expected,
                )
            )
        if teams_in is not None and teams_out is not None and teams_out > teams_in:
            yield locate(*path, "teams_out").fault(
                worded(
                    "is %(teams_out)s, more than the %(teams_in)s teams that come in",
                    teams_out=teams_out,
                    teams_in=teams_in,
                )
            )
        expected = teams_out
        judges, reads = find_whole(row, "judges"), find_whole(row, "reviews_per_team")
        if judges is not None and reads is not None and reads > judges:
            yield locate(*path, "reviews_per_team").fault(
                worded("is %(reads)s, but there are only %(judges)s judges", reads=reads, judges=judges)
            )
        yield from _check_round_dates(path, row, locate)
        for index, code in enumerate(items(row, "tie_break")):
            if isinstance(code, str):
                yield from unknown_reference(
                    locate, (*path, "tie_break", index), code, known=known, kind=worded("rubric criterion")
                )


def _check_round_dates(path: Path, row: Document, locate: Locate) -> Iterator[Fault]:
    for earlier, later in (("submit_by", "judge_from"), ("judge_from", "judge_until")):
        first, second = find_text(row, earlier), find_text(row, later)
        if first is None or second is None:
            continue
        if periods.read_moment(second) < periods.read_moment(first):
            yield locate(*path, later).fault(
                worded(
                    "%(second)s is before %(earlier)s (%(first)s)",
                    second=second,
                    earlier=earlier,
                    first=first,
                )
            )


def check_rubric(document: Document, locate: Locate) -> Iterator[Fault]:
    """Check that the criteria's weights make 100 and that each describes every level of the scale."""
    path = ("pitching", "rubric", "criteria")
    weights = [weight for _, row in rows(document, *path) if (weight := exact(row.get("weight"))) is not None]
    if weights and len(weights) == len(items(document, *path)) and sum(weights) != 100:
        yield locate(*path).fault(
            worded("the weights add up to %(sum)s; they must add up to 100", sum=sum(weights))
        )
    low = find_whole(document, "pitching", "rubric", "scale", "min")
    high = find_whole(document, "pitching", "rubric", "scale", "max")
    if low is None or high is None:
        return
    if high <= low:
        yield locate("pitching", "rubric", "scale", "max").fault(
            worded("is %(high)s, not more than min (%(low)s)", high=high, low=low)
        )
        return
    for place, row in rows(document, *path):
        levels = [find_whole(level, "level") for _, level in rows(row, "levels")]
        if "levels" not in row or len(levels) != len(items(row, "levels")) or None in levels:
            continue
        if levels != list(range(low, high + 1)):
            given = ", ".join(str(level) for level in levels)
            reason = worded(
                "has the levels %(levels)s; the scale needs each of %(low)s to %(high)s once, in order",
                levels=shown(given),
                low=low,
                high=high,
            )
            yield locate(*place, "levels").fault(reason)
