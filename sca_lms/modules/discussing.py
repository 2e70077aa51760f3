"""Decide what a post in a discussion counts for, who may read along, and what is still missing; pure."""

import datetime as dt
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sca_lms.modules.plan import DiscussionRule, Evidence, UnitPlan
from sca_lms.modules.standing import ModuleStanding, ReasonKind, UnitState

LONGEST_POST = 10_000
EDIT_WINDOW = dt.timedelta(minutes=30)
"""How long people may change what they wrote; after that others have read and answered it."""

MOST_POSTS, FLOOD_WINDOW = 20, dt.timedelta(minutes=10)
"""Nobody writes more posts than this in such a time."""

ONE_POST = DiscussionRule()


@dataclass(frozen=True, slots=True)
class Lack:
    """What a learner has still to write in a discussion; the replies are among the posts."""

    posts: int
    replies: int
    characters: int


def characters_of(text: str) -> int:
    """Return how long a text is without spaces, line ends and marks that cannot be seen."""
    composed = unicodedata.normalize("NFC", text)
    return sum(unicodedata.category(each)[0] not in "ZC" for each in composed)


def rule_of(unit: UnitPlan) -> DiscussionRule:
    """Return what a discussion asks for; one post where nobody said more."""
    return unit.discussion or ONE_POST


def written_enough_at(evidence: Iterable[Evidence], rule: DiscussionRule) -> dt.datetime | None:
    """Return when somebody had written as much as the rule asks for, None while they have not."""
    posts = _counting(evidence, rule)
    replies = [moment for moment, is_reply in posts if is_reply]
    if len(posts) < rule.posts or len(replies) < rule.replies:
        return None
    reached = [posts[rule.posts - 1][0]] if rule.posts else []
    reached += [replies[rule.replies - 1]] if rule.replies else []
    return max(reached, default=None)


def lack_of(evidence: Iterable[Evidence], rule: DiscussionRule) -> Lack:
    """Return what somebody has still to write."""
    posts = _counting(evidence, rule)
    replies = max(0, rule.replies - sum(is_reply for _moment, is_reply in posts))
    return Lack(max(rule.posts - len(posts), replies), replies, rule.characters)


def is_shut(module: ModuleStanding, state: UnitState) -> bool:
    """Tell whether a learner may not read a discussion: it is locked, or the module is for another group.

    What is done stays open otherwise; who has left the group reads its discussion no longer.
    """
    others = any(reason.kind is ReasonKind.GROUP_ONLY for reason in module.locked_by)
    return others or state is UnitState.LOCKED


def may_edit(written_at: dt.datetime, *, hidden: bool, at: dt.datetime) -> bool:
    """Tell whether the writer of a post may still change it."""
    return not hidden and at - written_at <= EDIT_WINDOW


def _counting(evidence: Iterable[Evidence], rule: DiscussionRule) -> Sequence[tuple[dt.datetime, bool]]:
    """Return when each post became long enough and whether it answers somebody, in their order."""
    found: dict[int, tuple[dt.datetime, bool]] = {}
    for entry in evidence:
        part = entry.contribution
        if part is None or part.characters < rule.characters:
            continue
        earlier = found.get(part.post_id)
        found[part.post_id] = (min(entry.at, earlier[0]) if earlier else entry.at, part.is_reply)
    return sorted(found.values())
