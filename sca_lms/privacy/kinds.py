"""The kinds of data about people, in words for them: what it is, why it is kept, and for how long."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from flask_babel import lazy_gettext as _l

from sca_lms.errors import Text


class Group(StrEnum):
    """Under which heading a kind stands."""

    WHO = "who"
    LEARNING = "learning"
    HOURS = "hours"
    RESULTS = "results"
    TOGETHER = "together"
    RUNNING = "running"


GROUPS: Mapping[Group, Text] = {
    Group.WHO: _l("Who you are"),
    Group.LEARNING: _l("What you learn and hand in"),
    Group.HOURS: _l("Attendance and hours"),
    Group.RESULTS: _l("Marks and grades"),
    Group.TOGETHER: _l("Meetings, calendar and messages"),
    Group.RUNNING: _l("Sign-in, staff work and your rights"),
}


class Purpose(StrEnum):
    """Why something may be kept; the sections are those of Thailand's PDPA, B.E. 2562."""

    TASK = "task"
    RECORD = "record"
    SECURITY = "security"
    LAW = "law"


PURPOSES: Mapping[Purpose, Text] = {
    Purpose.TASK: _l("The programme cannot run without it: a public task (PDPA, section 24(4))."),
    Purpose.RECORD: _l("Results must stay checkable: a public task (PDPA, section 24(4))."),
    Purpose.SECURITY: _l("It keeps accounts and codes safe: a legitimate interest (PDPA, section 24(5))."),
    Purpose.LAW: _l("The law asks for it: rights of people and who answered them (PDPA, section 24(6))."),
}

WHILE_COURSE = _l("as long as the course is kept")


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of data: its words, and `keep`, how long it lasts where no period of ours decides."""

    group: Group
    what: Text
    why: Purpose
    keep: Text = WHILE_COURSE
    period: str = ""
    """The code of the period in `periods` that decides how long it is kept."""


NOBODY = "nobody"
"""What describes programmes, hosts and keys; of a person it holds at most who wrote it."""

KINDS: Mapping[str, Kind] = {
    "person": Kind(Group.WHO, _l("Your names, nickname, e-mail address and language"), Purpose.TASK),
    "identity": Kind(
        Group.WHO, _l("The ids, names and roles by which your learning platform lists you"), Purpose.TASK
    ),
    "enrolment": Kind(
        Group.WHO, _l("Your courses with roles, group and area, and when you were last seen"), Purpose.TASK
    ),
    "roster": Kind(
        Group.WHO, _l("What the learning platform's list of members changed about you"), Purpose.TASK,
        period="roster",
    ),
    "learning": Kind(
        Group.LEARNING, _l("What you read, watched, attended or declared, and when"), Purpose.RECORD
    ),
    "more-time": Kind(Group.LEARNING, _l("More time that you were given, until when and why"), Purpose.TASK),
    "quizzes": Kind(Group.LEARNING, _l("Your attempts at quizzes and your answers"), Purpose.RECORD),
    "work": Kind(
        Group.LEARNING, _l("What you write and hand in, every version, and with whom"), Purpose.RECORD
    ),
    "files": Kind(
        Group.LEARNING, _l("Files that you uploaded: name, type, size and the file itself"), Purpose.RECORD
    ),
    "attendance": Kind(
        Group.HOURS, _l("When you came and went, and how it became known"), Purpose.RECORD
    ),
    "devices": Kind(
        Group.HOURS, _l("A digest of a random number of your browser, noticed at check-in"), Purpose.SECURITY,
        period="devices",
    ),
    "misses": Kind(
        Group.HOURS, _l("Wrong room codes that you sent"), Purpose.SECURITY, _l("2 minutes")
    ),
    "hours": Kind(
        Group.HOURS, _l("The ledger of your hours, its sums, and where you stand"), Purpose.RECORD
    ),
    "hours-requests": Kind(
        Group.HOURS, _l("Make-ups and second looks that you asked for, and the answers"), Purpose.RECORD
    ),
    "marks": Kind(
        Group.RESULTS, _l("Your marks with every change, comments, and requests to look again"),
        Purpose.RECORD,
    ),
    "mark-drafts": Kind(
        Group.RESULTS, _l("Unfinished marks of your work, which only the marker sees"), Purpose.TASK,
        period="drafts",
    ),
    "grades": Kind(Group.RESULTS, _l("Your scores and those set by hand, with reasons"), Purpose.RECORD),
    "sent": Kind(
        Group.RESULTS, _l("What was sent to the learning platform's gradebook, and when"), Purpose.RECORD
    ),
    "standing": Kind(
        Group.RESULTS, _l("Where you stand, worked out from all this for those who guide you"), Purpose.TASK
    ),
    "help": Kind(
        Group.RESULTS,
        _l("What staff noted and did so that you keep pace; of their words only that there are some"),
        Purpose.TASK,
    ),
    "reports": Kind(
        Group.RUNNING, _l("Reports that you receive by schedule"), Purpose.TASK, period="reports"
    ),
    "pairs": Kind(
        Group.TOGETHER, _l("With which partner and area you are paired, now and before"), Purpose.TASK
    ),
    "mentoring": Kind(
        Group.TOGETHER, _l("Appointments, reports, notes and what was agreed there"), Purpose.RECORD
    ),
    "private-notes": Kind(
        Group.TOGETHER, _l("Private notes on your meetings; of those of others only that there are some"),
        Purpose.TASK,
    ),
    "updates": Kind(
        Group.TOGETHER, _l("Monthly updates: attendance, and what you wrote about them"), Purpose.RECORD
    ),
    "discussion": Kind(Group.TOGETHER, _l("What you write in discussions"), Purpose.RECORD),
    "calendar": Kind(
        Group.TOGETHER, _l("When you are taken or away, and your calendar feed"), Purpose.TASK
    ),
    "messages": Kind(
        Group.TOGETHER, _l("Notices to you, whether they were read or mailed, and your choices"),
        Purpose.TASK, period="notices",
    ),
    "sessions": Kind(
        Group.RUNNING, _l("Who this browser is in a course, by the hash of a random token"), Purpose.SECURITY,
        _l("12 hours after the last use, 24 at most"),
    ),
    "choosing": Kind(
        Group.RUNNING, _l("That you are choosing activities for the learning platform"), Purpose.TASK,
        _l("until it is answered, an hour at most"),
    ),
    "passing": Kind(
        Group.RUNNING,
        _l("Launches under way or refused, under hashes that nobody can be found by"),
        Purpose.SECURITY, period="traces",
    ),
    "views": Kind(Group.RUNNING, _l("How you arranged pages for yourself"), Purpose.TASK),
    "audit": Kind(
        Group.RUNNING, _l("What you changed in the programme: the audit log"), Purpose.LAW, period="audit"
    ),
    "rights": Kind(
        Group.RUNNING, _l("Your requests about your data, the answers, and archives made for you"),
        Purpose.LAW, period="requests",
    ),
    NOBODY: Kind(
        Group.RUNNING, _l("What you wrote or decided as staff for the programme and for others"),
        Purpose.RECORD,
    ),
}  # fmt: skip
