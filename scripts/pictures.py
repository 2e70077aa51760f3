"""The pictures of the documentation: what each shows, as whom, in which language and how wide.

A picture is called after its guide and page, its language and, on a phone, its width: `captain-note.th.png`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

LANGUAGES = ("th", "en")


class Reader(Enum):
    """Whose eyes a picture is seen with; the value is the door of the pretend LMS, if there is one."""

    VISITOR = ""
    AMBASSADOR = "learner"
    CAPTAIN = "mentor"
    INSTRUCTOR = "instructor"
    MANAGER = "manager"
    OPERATOR = "operator"


class Frame(Enum):
    """How much of the screen is shown, and the width and height in CSS pixels of what is shown."""

    HOST = (1280, 900)
    """The page of the LMS with the tool in it."""
    DESK = (1280, 800)
    """The tool alone, as wide as on a desk."""
    PHONE = (360, 720)
    """The tool alone, as wide as on a phone."""

    @property
    def is_host(self) -> bool:
        """Tell whether the LMS around the tool is shown."""
        return self is Frame.HOST


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture: the page of the tool, the links followed from there, and what must be seen at the end."""

    name: str
    reader: Reader
    language: str
    path: str
    """The page below the course's address; nothing for the page that a launch opens."""
    shows: str
    """A CSS selector that must be there, so that a page that has changed is noticed."""
    follow: tuple[str, ...] = ()
    """CSS selectors of what is clicked, one page after the other."""
    frame: Frame = Frame.DESK
    scroll_to: str = ""
    """What is brought to the top of the picture; nothing for the top of the page."""

    @property
    def file_name(self) -> str:
        """Return the name below docs/images."""
        phone = ".phone" if self.frame is Frame.PHONE else ""
        return f"{self.name}.{self.language}{phone}.png"


MEETING = "main a[href*='/mentoring/meetings/']"
FIRST_MEETING = f"main li:last-child {MEETING.removeprefix('main ')}"
"""Past meetings stand with the newest first."""
REPORT = "main section:has(.report-row)"
"""The part of a meeting in which both sides say how long it was."""
LEARNER = "main a[href*='/learners/']"
NOTE = "main a[href$='/note']"
ROOM = "main a[href$='/room']"
WORK = "main a[href*='/marking/works/']"
HOST = "main a[href*='/hosts/1']"


def _in_both(
    name: str,
    reader: Reader,
    path: str,
    shows: str,
    follow: tuple[str, ...] = (),
    *,
    frame: Frame = Frame.DESK,
    scroll_to: str = "",
) -> Iterator[Picture]:
    for language in LANGUAGES:
        yield Picture(name, reader, language, path, shows, follow, frame, scroll_to)


def _in_english(
    name: str,
    reader: Reader,
    path: str,
    shows: str,
    follow: tuple[str, ...] = (),
    *,
    scroll_to: str = "",
) -> Picture:
    return Picture(name, reader, "en", path, shows, follow, scroll_to=scroll_to)


PICTURES = (
    Picture("host", Reader.AMBASSADOR, "th", "", ".hero", frame=Frame.HOST),
    Picture("pretend-lms", Reader.VISITOR, "en", "", "form.door.manager", frame=Frame.HOST),
    *_in_both("ambassador-today", Reader.AMBASSADOR, "", ".hero", frame=Frame.PHONE),
    *_in_both("ambassador-check-in", Reader.AMBASSADOR, "check-in", "input[name=code]", frame=Frame.PHONE),
    *_in_both("ambassador-modules", Reader.AMBASSADOR, "modules", ".hero", frame=Frame.PHONE),
    *_in_both("ambassador-pathway", Reader.AMBASSADOR, "pathway", "main .panel"),
    *_in_both("ambassador-hours", Reader.AMBASSADOR, "hours", "main svg"),
    *_in_both("ambassador-meetings", Reader.AMBASSADOR, "mentoring", MEETING),
    *_in_both("captain-mentees", Reader.CAPTAIN, "mentoring/mentees", ".mentee"),
    *_in_both("captain-hours", Reader.CAPTAIN, "mentoring/hours", "main form"),
    *_in_both("captain-meeting", Reader.CAPTAIN, "mentoring/past", REPORT, (MEETING,), scroll_to=REPORT),
    *_in_both("captain-note", Reader.CAPTAIN, "mentoring/past", "main textarea", (FIRST_MEETING, NOTE)),
    *_in_both("captain-agreed", Reader.CAPTAIN, "mentoring/actions", ".actions-agreed", frame=Frame.PHONE),
    _in_english("instructor-learners", Reader.INSTRUCTOR, "learners", "main table"),
    _in_english("instructor-story", Reader.INSTRUCTOR, "control", "main svg", (LEARNER,)),
    _in_english("instructor-room", Reader.INSTRUCTOR, "rooms", "main", (ROOM,)),
    _in_english("instructor-grader", Reader.INSTRUCTOR, "marking/", "main form", (WORK,)),
    _in_english("instructor-reflections", Reader.INSTRUCTOR, "updates/reflections", "main .panel"),
    _in_english("instructor-follow-ups", Reader.INSTRUCTOR, "follow-ups", "main .entries"),
    _in_english("manager-control", Reader.MANAGER, "control", "main svg"),
    _in_english("manager-weeks", Reader.MANAGER, "heat", "table.heat"),
    _in_english("manager-rules", Reader.MANAGER, "risk-rules", "main form"),
    _in_english("manager-reports", Reader.MANAGER, "reports", "main .panel", scroll_to="main .two"),
    _in_english("manager-mentoring", Reader.MANAGER, "mentoring/coverage", "main .panel"),
    _in_english("manager-privacy", Reader.MANAGER, "privacy", "main .panel"),
    _in_english("operator-start", Reader.OPERATOR, "operator/hosts/", "main .panel"),
    _in_english("operator-host", Reader.OPERATOR, "operator/hosts/", "main .panel", (HOST,)),
    _in_english("operator-refused", Reader.OPERATOR, "operator/hosts/launches", "main .entries"),
)  # fmt: skip
