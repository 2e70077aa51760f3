"""Check the bootcamp's timetable: sessions, breaks, categories and days must agree to the minute."""

from collections.abc import Iterable, Iterator

from sca_lms.programmes import periods
from sca_lms.programmes.checks_basics import break_of
from sca_lms.programmes.faults import (
    Document,
    Fault,
    Locate,
    Path,
    codes,
    find_text,
    find_whole,
    items,
    repeated,
    rows,
    unknown_reference,
)
from sca_lms.texts import worded

Row = tuple[Path, Document]
Timed = tuple[periods.Period, list[periods.Period]]


def check_days(document: Document, locate: Locate) -> Iterator[Fault]:
    """Check the days against the bootcamp's dates, the anchor date and their sessions."""
    start, end = find_text(document, "bootcamp", "start"), find_text(document, "bootcamp", "end")
    anchor = find_text(document, "meta", "anchor_date")
    days = list(rows(document, "bootcamp", "days"))
    planned = find_whole(document, "bootcamp", "training_days")
    if (
        planned is not None
        and "days" in _bootcamp(document)
        and planned != len(items(document, "bootcamp", "days"))
    ):
        listed = len(items(document, "bootcamp", "days"))
        yield locate("bootcamp", "training_days").fault(
            worded("is %(planned)s, but %(listed)s days are listed", planned=planned, listed=listed)
        )
    previous = ""
    for path, day in days:
        date = find_text(day, "date")
        if date is None:
            continue
        if start is not None and end is not None and not start <= date <= end:
            yield locate(*path, "date").fault(
                worded(
                    "%(date)s is outside the bootcamp (%(start)s to %(end)s)", date=date, start=start, end=end
                )
            )
        if date < previous:
            yield locate(*path, "date").fault(
                worded(
                    "%(date)s is before the day listed above it (%(previous)s)", date=date, previous=previous
                )
            )
        previous = max(previous, date)
        yield from _check_offset(path, day, date, anchor, locate)
        for place, session in rows(day, "sessions"):
            begins = find_text(session, "start")
            if begins is not None and begins[:10] != date:
                yield locate(*path, *place, "start").fault(
                    worded("%(begins)s is not on the date of its day (%(date)s)", begins=begins, date=date)
                )


def _check_offset(
    path: Path, day: Document, date: str, anchor: str | None, locate: Locate
) -> Iterator[Fault]:
    offset = find_whole(day, "offset_days")
    if offset is None or anchor is None:
        return
    real = (periods.read_day(date) - periods.read_day(anchor)).days
    if offset != real:
        yield locate(*path, "offset_days").fault(
            worded(
                "is %(offset)s, but %(date)s is %(real)s days after %(anchor)s",
                offset=offset,
                date=date,
                real=real,
                anchor=anchor,
            )
        )


def check_sessions(document: Document, locate: Locate) -> Iterator[Fault]:
    """Check each session's length, breaks and credit, and that a room holds one session at a time."""
    bootcamp = _bootcamp(document)
    categories, venues = codes(bootcamp, "categories"), codes(bootcamp, "venues")
    sessions = list(_sessions(document))
    yield from repeated(locate, [((*path, "code"), session.get("code")) for path, session in sessions])
    for path, session in sessions:
        category, venue = find_text(session, "category"), find_text(session, "venue")
        if "categories" in bootcamp:
            yield from unknown_reference(
                locate, (*path, "category"), category, known=categories, kind=worded("bootcamp category")
            )
        yield from unknown_reference(locate, (*path, "venue"), venue, known=venues, kind=worded("venue"))
        yield from _check_session(document, path, session, locate)
    yield from _check_rooms(sessions, locate)


def _check_session(document: Document, path: Path, session: Document, locate: Locate) -> Iterator[Fault]:
    frame = session_frame(session)
    if frame is None:
        return
    start, end = frame
    if end <= start:
        yield locate(*path, "end").fault(
            worded("%(end)s is not after the start %(start)s", end=session["end"], start=session["start"])
        )
        return
    pauses: list[periods.Period] = []
    sound = True
    for place, pause in rows(session, "breaks"):
        edges = break_of(pause, str(session["start"]))
        problem = edges if isinstance(edges, str) else None
        if isinstance(edges, tuple):
            problem = _break_problem(edges, frame, pauses)
            pauses.append(edges)
        if problem is not None:
            yield locate(*path, *place).fault(problem)
        sound = sound and edges is not None and problem is None
    sound = sound and len(pauses) == len(items(session, "breaks"))
    credit = find_whole(session, "credit_minutes")
    if sound and credit is not None and credit not in _possible_minutes(document, [(frame, pauses)]):
        reason = worded(
            "is %(minutes)s, but %(sum)s", minutes=credit, sum=_sum_in_words(document, frame, pauses)
        )
        yield locate(*path, "credit_minutes").fault(reason)


def _break_problem(edges: periods.Period, frame: periods.Period, earlier: list[periods.Period]) -> str | None:
    if edges[0] < frame[0] or edges[1] > frame[1]:
        return worded(
            "the break %(start)s to %(end)s is not inside the session (%(begins)s to %(ends)s)",
            start=f"{edges[0]:%H:%M}",
            end=f"{edges[1]:%H:%M}",
            begins=f"{frame[0]:%H:%M}",
            ends=f"{frame[1]:%H:%M}",
        )
    if periods.within(earlier, frame=edges):
        return worded(
            "the break %(start)s to %(end)s overlaps another break",
            start=f"{edges[0]:%H:%M}",
            end=f"{edges[1]:%H:%M}",
        )
    return None


def _sum_in_words(document: Document, frame: periods.Period, pauses: list[periods.Period]) -> str:
    whole, net = (frame[1] - frame[0]) // periods.MINUTE, _possible_minutes(document, [(frame, pauses)])[-1]
    gross = worded("; residential_gross also takes the whole length") if _is_gross(document) else ""
    return worded(
        "%(whole)s minutes less %(breaks)s of breaks make %(net)s%(gross)s",
        whole=whole,
        breaks=whole - net,
        net=net,
        gross=gross,
    )


def _check_rooms(sessions: list[Row], locate: Locate) -> Iterator[Fault]:
    timed = [
        (frame, str(session["venue"]), path)
        for path, session in sessions
        if (frame := session_frame(session)) and frame[0] < frame[1] and "venue" in session
    ]
    timed.sort(key=lambda entry: entry[0])
    busy: dict[str, tuple[periods.Period, Path]] = {}
    for frame, venue, path in timed:
        if venue in busy and frame[0] < busy[venue][0][1]:
            line = locate(*busy[venue][1]).line
            yield locate(*path, "start").fault(
                worded(
                    "overlaps the session on line %(line)s at the same venue (%(venue)s)",
                    line=line,
                    venue=venue,
                )
            )
        if venue not in busy or frame[1] > busy[venue][0][1]:
            busy[venue] = (frame, path)


def check_categories(document: Document, locate: Locate) -> Iterator[Fault]:
    """Check that the categories fill the required minutes and the sessions fill each category."""
    categories = list(rows(document, "bootcamp", "categories"))
    minutes = [find_whole(row, "minutes") for _, row in categories]
    known = [each for each in minutes if each is not None]
    required = find_whole(document, "bootcamp", "required_minutes")
    complete = len(known) == len(items(document, "bootcamp", "categories")) > 0
    if complete and required is not None and sum(known) != required:
        reason = worded(
            "the categories add up to %(sum)s minutes, but required_minutes is %(required)s",
            sum=sum(known),
            required=required,
        )
        yield locate("bootcamp", "categories").fault(reason)
    for path, row in categories:
        cap, own = find_whole(row, "cap_minutes"), find_whole(row, "minutes")
        if cap is not None and own is not None and cap < own:
            yield locate(*path, "cap_minutes").fault(
                worded("is %(cap)s, less than the category's %(own)s minutes", cap=cap, own=own)
            )
    by_category: dict[object, list[Document]] = {}
    for session in _timed_sessions(document):
        by_category.setdefault(session["category"], []).append(session)
    if by_category:
        for path, row in categories:
            own, code = find_whole(row, "minutes"), find_text(row, "code")
            offered = _possible_minutes(document, map(_timed, by_category.get(code, [])))
            if own is not None and code is not None and own not in offered:
                yield locate(*path, "minutes").fault(
                    worded(
                        "is %(own)s, but the sessions of %(code)s give %(offered)s minutes",
                        own=own,
                        code=code,
                        offered=offered[-1],
                    )
                )


def _timed_sessions(document: Document) -> Iterator[Document]:
    """List the sessions, or none when any of them is too faulty to be counted."""
    sessions = [session for _, session in _sessions(document)]
    listed = sum(len(items(day, "sessions")) for day in items(document, "bootcamp", "days"))
    days_sound = None not in items(document, "bootcamp", "days") and "days" in _bootcamp(document)
    if days_sound and listed == len(sessions) and all(_is_timed(session) for session in sessions):
        yield from sessions


def _is_timed(session: Document) -> bool:
    frame = session_frame(session)
    if frame is None or "category" not in session:
        return False
    return not any(
        not isinstance(break_of(pause, str(session["start"])), tuple) if isinstance(pause, dict) else True
        for pause in items(session, "breaks")
    )


def _timed(session: Document) -> Timed:
    start = str(session["start"])
    pauses = [break_of(pause, start) for _, pause in rows(session, "breaks")]
    frame = (periods.read_moment(start), periods.read_moment(str(session["end"])))
    return frame, [edges for edges in pauses if isinstance(edges, tuple)]


def _possible_minutes(document: Document, sessions: Iterable[Timed]) -> tuple[int, ...]:
    """Return what one learner can attend in sessions, parallel ones counted once: breaks off last.

    A camp counted round the clock pays breaks, but its timetable may state the minutes of contact as well.
    """
    timed = list(sessions)
    gross = [frame for frame, _ in timed]
    net = [part for frame, pauses in timed for part in periods.without([frame], pauses)]
    counted = [gross, net] if _is_gross(document) else [net]
    return tuple(periods.length(periods.united(parts)) // periods.MINUTE for parts in counted)


def session_frame(session: Document) -> periods.Period | None:
    """Return a session's start and end, or None when one is absent."""
    start, end = find_text(session, "start"), find_text(session, "end")
    return (periods.read_moment(start), periods.read_moment(end)) if start and end else None


def _sessions(document: Document) -> Iterator[Row]:
    for path, day in rows(document, "bootcamp", "days"):
        for place, session in rows(day, "sessions"):
            yield (*path, *place), session


def _is_gross(document: Document) -> bool:
    return find_text(document, "hours_policy", "counting_mode") == "residential_gross"


def _bootcamp(document: Document) -> Document:
    bootcamp = document.get("bootcamp")
    return bootcamp if isinstance(bootcamp, dict) else {}
