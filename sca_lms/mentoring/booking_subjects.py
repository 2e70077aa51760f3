"""Offer what a meeting can be about: planned meetings first, with what is left of every topic's quota."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask_babel import gettext as _
from flask_babel import ngettext

from sca_lms.mentoring import booking_queries, credit, terms_queries
from sca_lms.mentoring.models import MentoringTopic, PlannedMeeting
from sca_lms.web.formats import day, plain

Choice = tuple[MentoringTopic, PlannedMeeting | None]


@dataclass(frozen=True, slots=True)
class Subjects:
    """What can be chosen, by the value that the field sends, and which one is suggested."""

    choices: Mapping[str, Choice]
    groups: Mapping[str, Sequence[tuple[str, str]]]
    """The same as the field shows them: under each topic with its quota."""
    suggested: str

    def value_of(self, topic_id: int, planned_meeting_id: int | None) -> str:
        """Return the value under which a topic and a planned meeting are sent."""
        return f"m{planned_meeting_id}" if planned_meeting_id is not None else f"t{topic_id}"


def subjects(course_id: int, enrolment_id: int | None, *, at: dt.datetime) -> Subjects:
    """Return what an ambassador's meeting can be about; without one, of a group slot.

    The first planned meeting that has no appointment yet is suggested.
    """
    topics = terms_queries.topics(course_id)
    meetings = terms_queries.planned_meetings(course_id)
    used = booking_queries.taken_meetings(enrolment_id) if enrolment_id is not None else {}
    left = _left(course_id, enrolment_id, at=at)
    choices: dict[str, Choice] = {}
    groups: dict[str, list[tuple[str, str]]] = {}
    for topic in topics:
        lines = groups.setdefault(_topic_line(topic, left.get(topic.id)), [])
        for each in meetings:
            if each.topic_id == topic.id:
                choices[f"m{each.id}"] = (topic, each)
                lines.append((f"m{each.id}", _meeting_line(each, booked=each.id in used)))
        choices[f"t{topic.id}"] = (topic, None)
        lines.append((f"t{topic.id}", _("Something else: %(topic)s", topic=plain(topic.title))))
    ahead = next((f"m{each.id}" for each in meetings if each.id not in used and f"m{each.id}" in choices), "")
    return Subjects(choices, groups, ahead if enrolment_id is not None else "")


def _left(course_id: int, enrolment_id: int | None, *, at: dt.datetime) -> dict[int, tuple[int, int]]:
    """Return how many meetings and minutes of each topic's quota are left."""
    if enrolment_id is None:
        return {}
    standing = credit.standings(course_id, [enrolment_id], at=at)[enrolment_id]
    return {
        each.quota.topic_id: (
            max(0, each.quota.sessions - each.sessions), max(0, each.quota.minutes - each.counted)
        )
        for each in standing.topics
    }  # fmt: skip


def _topic_line(topic: MentoringTopic, left: tuple[int, int] | None) -> str:
    title = plain(topic.title)
    if left is None:
        return title
    sessions, minutes = left
    if minutes == 0:
        return _("%(topic)s – the quota is used up, more is shown and not counted", topic=title)
    rest = ngettext("%(num)d meeting left", "%(num)d meetings left", sessions)
    return f"{title} – {rest}"


def _meeting_line(meeting: PlannedMeeting, *, booked: bool) -> str:
    line = f"{meeting.number}. {plain(meeting.title)} ({day(meeting.month, 'month')})"
    return _("%(meeting)s – booked already", meeting=line) if booked else line
