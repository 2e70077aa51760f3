"""For how long each kind of data is kept: the kinds, their defaults and bounds, and which rows they mean."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from flask_babel import lazy_gettext as _l

from sca_lms.errors import Text


@dataclass(frozen=True, slots=True)
class Part:
    """Rows of one table that a period ends: older than it by `moment`, deleted or with columns emptied."""

    table: str
    moment: str
    to_course: tuple[str, ...] = ()
    """Paths to the course; without one the rows belong to the installation."""
    empties: Mapping[str, object] = field(default_factory=dict)
    states: tuple[str, ...] = ()
    """Where only rows in these states may go."""
    file: str = ""
    """The column of a stored file that goes with the row."""


@dataclass(frozen=True, slots=True)
class Period:
    """One kind of data with its usual period in days; None: as long as the course is kept."""

    what: Text
    usual: int | None
    least: int
    most: int | None
    parts: tuple[Part, ...]
    of_installation: bool = False
    """Whether it is decided for the whole installation alone."""


PEOPLE = "people"
"""Persons are not removed row by row: they are made anonymous, as on request."""

PERIODS: Mapping[str, Period] = {
    "traces": Period(
        _l("Traces of refused launches"), 7, 1, 7, (Part("lti_launch_trace", "at"),), of_installation=True
    ),
    "devices": Period(
        _l("Digests of browsers at check-in"), 90, 1, 1825,
        (
            Part("attendance_scan", "server_at", ("session_id.course_id",), empties={"device": ""}),
            Part("shared_device_review", "at", ("session_id.course_id",)),
        ),
    ),
    "roster": Period(
        _l("Changes that member lists brought"), 180, 7, 180,
        (Part("lti_roster_change", "at", ("course_id",)),),
    ),
    "drafts": Period(
        _l("Unfinished marks and notes"), 365, 30, None,
        (
            Part(
                "mark_draft", "saved_at",
                ("work_id.assignment_id.course_id", "attempt_id.quiz_id.course_id"),
            ),
            Part("note_draft", "saved_at", ("appointment_id.course_id",)),
        ),
    ),
    "notices": Period(
        _l("Notices and the log of e-mails"), 365, 30, None,
        (
            Part("inbox_notice", "at", ("enrolment_id",)),
            Part("inbox_mail", "due_at", ("course_id",), states=("sent", "refused", "dropped")),
        ),
    ),
    "reports": Period(
        _l("Reports made by schedule"), 365, 30, None,
        (Part("report_run", "due_at", ("schedule_id.course_id",), file="file_id"),),
    ),
    "sent": Period(
        _l("The history of what was sent to the gradebook"), None, 180, None,
        (Part("grade_delivery_entry", "at", ("score_id.enrolment_id",)),),
    ),
    "requests": Period(
        _l("Answered requests about data"), 1825, 365, None,
        (
            Part("privacy_export", "asked_at", ("course_id",), states=("deleted", "failed")),
            Part(
                "privacy_request", "decided_at", ("course_id",), states=("done", "refused", "withdrawn")
            ),
        ),
    ),
    "audit": Period(_l("The audit log"), 1825, 365, None, (Part("audit_event", "at", ("course_id",)),)),
    PEOPLE: Period(
        _l("Names of people who have left or completed, counted from their last visit"), None, 365, None, ()
    ),
}  # fmt: skip
