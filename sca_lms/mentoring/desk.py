"""Put together what the people of a meeting see of it: reports, notes and agreed work."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from markupsafe import Markup

from sca_lms.courses.models import Enrolment
from sca_lms.courses.rich_text import to_html
from sca_lms.courses.rules import Actor
from sca_lms.errors import Text
from sca_lms.mentoring import (
    action_queries,
    meeting_queries,
    note_queries,
    report_queries,
    report_rules,
    reports,
    terms_queries,
)
from sca_lms.mentoring.meeting_queries import Seat
from sca_lms.mentoring.models import (
    ActionItem,
    Appointment,
    AppointmentPlace,
    AppointmentState,
    MeetingReport,
    NoteDraft,
    NoteTemplate,
    PlaceState,
    PrivateNote,
    Side,
)
from sca_lms.mentoring.report_rules import Said
from sca_lms.mentoring.report_words import MARKS, STATES
from sca_lms.mentoring.reports import Meeting
from sca_lms.projects.models import Pair


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """One ambassador's place with what both sides have said, and what the reader may do about it."""

    place: AppointmentPlace
    said: Mapping[Side, MeetingReport]
    mine: MeetingReport | None
    theirs: MeetingReport | None
    may_report: bool
    """The reader has not reported yet and still may."""
    may_correct: bool
    """The reader has reported, and the other side has not."""
    may_say_nobody_came: bool
    may_answer: bool
    """The other side says that the reader did not come, and waits for an answer."""
    may_dispute: bool
    until: dt.datetime
    """Until when a report or an answer is taken."""

    @property
    def says_nobody_came(self) -> bool:
        """Tell whether one side says that the other one did not come."""
        return any(each.began_at is None for each in self.said.values())


@dataclass(frozen=True, slots=True)
class MeetingDesk:
    """A meeting as one reader sees it."""

    seat: Seat
    at: dt.datetime
    rows: Sequence[PlaceRow]
    is_over: bool
    takes_reports: bool
    draft: NoteDraft | None
    private_note: PrivateNote | None
    keepers: Sequence[Enrolment]
    """Who else has a private note; never what it says."""
    templates: Sequence[NoteTemplate]
    items: Sequence[ActionItem]
    owners: Sequence[tuple[Pair, Enrolment]]
    """Who can take work over: everybody of the pairs that the reader belongs to."""

    @property
    def appointment(self) -> Appointment:
        """Return the appointment."""
        return self.seat.appointment

    @property
    def today(self) -> dt.date:
        """Return the day it is where the course is."""
        return self.at.astimezone(ZoneInfo(self.appointment.course.timezone)).date()

    @property
    def note_html(self) -> Markup:
        """Return the shared note as HTML that is safe to show."""
        return to_html(self.appointment.shared_note)

    @property
    def private_html(self) -> Markup:
        """Return the reader's own private note as HTML that is safe to show."""
        return to_html(self.private_note.text) if self.private_note else Markup("")

    @property
    def states(self) -> Mapping[AppointmentState, Text]:
        """Return the words for where a place stands."""
        return STATES

    @property
    def marks(self) -> Mapping[AppointmentState, str]:
        """Return the marks that go with the words."""
        return MARKS

    @property
    def belongs(self) -> bool:
        """Tell whether the reader is one of the two sides; others only look."""
        return self.seat.side is not None

    @property
    def reportable(self) -> Sequence[PlaceRow]:
        """Return the rows that the reader may still report."""
        return [row for row in self.rows if row.may_report]


def desk(actor: Actor, appointment: Appointment, *, at: dt.datetime) -> MeetingDesk | None:
    """Return a meeting for a reader, None for who has no place in it."""
    seat = meeting_queries.find_seat(actor, appointment.id)
    return desk_of(seat, at=at) if seat else None


def desk_of(seat: Seat, *, at: dt.datetime) -> MeetingDesk:
    """Return a meeting for a reader, with a number of statements that does not grow with its places."""
    appointment = seat.appointment
    said = report_queries.reports_of([place.id for place in seat.places])
    terms = terms_queries.terms_of(appointment.course_id)
    rows = [
        _row(seat, Meeting(appointment, place, terms, appointment.course), said[place.id], at=at)
        for place in seat.places
        if terms is not None
    ]
    pairs = meeting_queries.pairs_of_places(seat.places)
    captains = action_queries.captains([pair.id for pair in pairs])
    pair_ids = [pair.id for pair in pairs]
    belongs = seat.side is not None and seat.enrolment_id is not None
    owners = [
        (pair, person)
        for pair in pairs
        for person in (captains.get(pair.id), pair.ambassador)
        if person is not None and belongs and seat.enrolment_id in _people(pair, captains)
    ]
    own = seat.enrolment_id
    return MeetingDesk(
        seat=seat,
        at=at,
        rows=rows,
        is_over=appointment.ends_at <= at,
        takes_reports=appointment.state in reports.REPORTABLE,
        draft=note_queries.draft_of(appointment, own) if belongs and own else None,
        private_note=note_queries.private_note(appointment, own) if belongs and own else None,
        keepers=note_queries.keepers_of_private_notes(appointment.id, but=own),
        templates=note_queries.fitting_templates(appointment) if belongs else [],
        items=action_queries.open_items(pair_ids),
        owners=owners,
    )


def _people(pair: Pair, captains: Mapping[int, Enrolment]) -> set[int]:
    captain = captains.get(pair.id)
    return {pair.ambassador_id, *([captain.id] if captain else [])}


def _row(seat: Seat, meeting: Meeting, said: Mapping[Side, MeetingReport], *, at: dt.datetime) -> PlaceRow:
    place, appointment = meeting.place, meeting.appointment
    mine = said.get(seat.side) if seat.side else None
    theirs = next((report for side, report in said.items() if side is not seat.side), None)
    theirs = theirs if seat.side else None
    claimed = theirs is not None and theirs.began_at is None
    if claimed and theirs is not None:
        until = report_rules.answer_until(Said(None, None, theirs.at))
    else:
        until = report_rules.last_moment(appointment.ends_at, within_days=meeting.terms.report_within_days)
    open_now = (
        seat.side is not None
        and place.state is PlaceState.IN
        and place.outcome in reports.UNSETTLED
        and appointment.state in reports.REPORTABLE
        and appointment.starts_at < at < until
    )
    return PlaceRow(
        place=place,
        said=said,
        mine=mine,
        theirs=theirs,
        may_report=open_now and mine is None,
        may_correct=open_now and mine is not None and theirs is None,
        may_say_nobody_came=open_now
        and theirs is None
        and report_rules.may_say_nobody_came(appointment.starts_at, at=at),
        may_answer=open_now and claimed and place.outcome is AppointmentState.REPORTED,
        may_dispute=seat.side is not None and reports.may_dispute(meeting, at=at),
        until=until,
    )
