"""Say what there is to learn: modules, their units, and the evidence that somebody did them; pure."""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from sca_lms.modules.prerequisites import Prerequisites
from sca_lms.modules.watching import Interval
from sca_lms.texts import Bilingual


class UnitType(StrEnum):
    """What a unit is, as a programme file names it."""

    READING = "reading"
    VIDEO = "video"
    LIVE = "live"
    QUIZ = "quiz"
    TASK = "task"
    DISCUSSION = "discussion"


class Playback(StrEnum):
    """How a video can be shown, which decides whether watching it can be measured."""

    FILE = "file"
    """Our own player shows it and sees which parts were played."""
    EMBED = "embed"
    """Another site's player shows it in a frame and tells us nothing."""
    NONE = "none"
    """The programme names no video yet."""


class EvidenceKind(StrEnum):
    """What somebody did in a unit, or that an earlier entry was taken back."""

    READ = "read"
    WATCHED = "watched"
    JOINED = "joined"
    PRESENT = "present"
    DECLARED = "declared"
    POSTED = "posted"
    WITHDRAWN = "withdrawn"


ATTENDED = frozenset({EvidenceKind.JOINED, EvidenceKind.PRESENT})
"""Either of these shows that somebody was in a live class."""


@dataclass(frozen=True, slots=True)
class DiscussionRule:
    """How much somebody has to write in a discussion; the replies are among the posts."""

    posts: int = 1
    characters: int = 1
    """How long each of them has to be, without spaces."""
    replies: int = 0
    """How many of the posts have to answer somebody else."""


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one post in a discussion counts for; a post that grew has several, one for each length."""

    post_id: int
    characters: int
    is_reply: bool
    """Whether it answers somebody else."""


@dataclass(frozen=True, slots=True)
class UnitPlan:
    """One unit, as far as it decides what counts; `quiz_id` is empty until the quiz is there."""

    id: int
    code: str
    type: UnitType
    title: Bilingual
    minutes: int
    required: bool = True
    starts_at: dt.datetime | None = None
    playback: Playback = Playback.NONE
    has_transcript: bool = False
    quiz_id: int | None = None
    video_seconds: int | None = None
    """How long the video is, as the programme or somebody who teaches told; None before."""
    opens_at: dt.datetime | None = None
    """The unit's own release."""
    assignment_id: int | None = None
    """A task that is done by handing this in."""
    discussion: DiscussionRule | None = None
    """What a discussion asks for; without it one post is enough, or the learner's word."""

    @property
    def ends_at(self) -> dt.datetime | None:
        """Return when a live class ends."""
        return None if self.starts_at is None else self.starts_at + dt.timedelta(minutes=self.minutes)


@dataclass(frozen=True, slots=True)
class ModulePlan:
    """One module with its units in the order of the page."""

    id: int
    code: str
    title: Bilingual
    minutes: int
    due_at: dt.datetime | None
    prerequisites: Prerequisites
    quiz_pass_percent: int | None
    rule_version: int
    units: tuple[UnitPlan, ...]
    opens_at: dt.datetime | None = None
    is_extended: bool = False
    """Whether `due_at` is one learner's own, later than everybody's."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One thing somebody did; `at` is when it happened. Entries that were taken back are left out before."""

    unit_id: int
    kind: EvidenceKind
    at: dt.datetime
    watched: tuple[Interval, ...] = ()
    duration_seconds: int = 0
    contribution: Contribution | None = None
