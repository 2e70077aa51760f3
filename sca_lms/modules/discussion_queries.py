"""Find what was written in discussions, always within one unit."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import aliased, joinedload

from sca_lms.courses.models import Enrolment
from sca_lms.database import db
from sca_lms.modules.models import DiscussionPost, Unit, UnitEvidence
from sca_lms.modules.queries import POSTS, STANDS, contribution
from sca_lms.web.paging import Page, fitting, offset

THREADS_PAGE, REPLIES_PAGE = 10, 25

_reply = aliased(DiscussionPost)
_WRITERS = (
    joinedload(DiscussionPost.enrolment).joinedload(Enrolment.person),
    joinedload(DiscussionPost.hidden_by),
    joinedload(DiscussionPost.answers).joinedload(DiscussionPost.enrolment).joinedload(Enrolment.person),
)


@dataclass(frozen=True, slots=True)
class Thread:
    """The post that began a thread, and how many answers it has that are not hidden."""

    post: DiscussionPost
    replies: int


def threads(unit: Unit, *, number: int) -> Page[Thread]:
    """Return one page of the threads of a discussion, the one with the newest post first."""
    wanted = sa.select(DiscussionPost).where(
        DiscussionPost.unit_id == unit.id, DiscussionPost.thread_id.is_(None)
    )
    total = _count(wanted)
    shown = fitting(number, size=THREADS_PAGE, total=total)
    newest = (
        sa.select(_reply.thread_id, sa.func.max(_reply.id).label("id"))
        .where(_reply.unit_id == unit.id, _reply.thread_id.is_not(None))
        .group_by(_reply.thread_id)
        .subquery()
    )
    posts = db.session.scalars(
        wanted.outerjoin(newest, newest.c.thread_id == DiscussionPost.id)
        .order_by(sa.func.coalesce(newest.c.id, DiscussionPost.id).desc())
        .options(*_WRITERS)
        .offset(offset(shown, size=THREADS_PAGE))
        .limit(THREADS_PAGE)
    ).all()
    counts = _replies_of([post.id for post in posts])
    return Page([Thread(post, counts.get(post.id, 0)) for post in posts], shown, THREADS_PAGE, total)


def found_posts(unit: Unit, words: str, *, number: int) -> Page[DiscussionPost]:
    """Return one page of the posts that contain some words, the newest first; hidden ones are left out."""
    wanted = sa.select(DiscussionPost).where(
        DiscussionPost.unit_id == unit.id,
        DiscussionPost.hidden_at.is_(None),
        DiscussionPost.body.icontains(words, autoescape=True),
    )
    total = _count(wanted)
    shown = fitting(number, size=THREADS_PAGE, total=total)
    posts = db.session.scalars(
        wanted.order_by(DiscussionPost.id.desc())
        .options(*_WRITERS)
        .offset(offset(shown, size=THREADS_PAGE))
        .limit(THREADS_PAGE)
    ).all()
    return Page(posts, shown, THREADS_PAGE, total)


def answers(thread: DiscussionPost, *, number: int) -> Page[DiscussionPost]:
    """Return one page of the answers in a thread, the oldest first."""
    wanted = sa.select(DiscussionPost).where(DiscussionPost.thread_id == thread.id)
    total = _count(wanted)
    shown = fitting(number, size=REPLIES_PAGE, total=total)
    posts = db.session.scalars(
        wanted.order_by(DiscussionPost.id)
        .options(*_WRITERS)
        .offset(offset(shown, size=REPLIES_PAGE))
        .limit(REPLIES_PAGE)
    ).all()
    return Page(posts, shown, REPLIES_PAGE, total)


def page_of(post: DiscussionPost) -> int:
    """Return the page of its thread on which a post stands; the one that began it is on each."""
    if post.thread_id is None:
        return 1
    before = sa.select(DiscussionPost.id).where(
        DiscussionPost.thread_id == post.thread_id, DiscussionPost.id < post.id
    )
    return (
        db.session.scalar(sa.select(sa.func.count()).select_from(before.subquery())) or 0
    ) // REPLIES_PAGE + 1


def find_post(unit: Unit, post_id: int) -> DiscussionPost | None:
    """Return one post of a unit with its writer."""
    return db.session.scalar(
        sa.select(DiscussionPost)
        .where(DiscussionPost.id == post_id, DiscussionPost.unit_id == unit.id)
        .options(*_WRITERS)
    )


def find_sent(enrolment_id: int, key: str) -> DiscussionPost | None:
    """Return what somebody sent under a key."""
    return db.session.scalar(
        sa.select(DiscussionPost).where(
            DiscussionPost.enrolment_id == enrolment_id, DiscussionPost.key == key
        )
    )


def counted_entries(post: DiscussionPost) -> Sequence[UnitEvidence]:
    """Return the entries by which a post counts for its writer, in their order."""
    entries = db.session.scalars(_entries(post).where(STANDS))
    return [entry for entry in entries if contribution(entry.value).post_id == post.id]


def number_of_entries(post: DiscussionPost) -> int:
    """Return how many entries there ever were of a post."""
    found = db.session.scalars(_entries(post))
    return sum(contribution(entry.value).post_id == post.id for entry in found)


def _entries(post: DiscussionPost) -> sa.Select[UnitEvidence]:
    return (
        sa.select(UnitEvidence)
        .where(
            UnitEvidence.unit_id == post.unit_id,
            UnitEvidence.enrolment_id == post.enrolment_id,
            UnitEvidence.kind.in_(POSTS),
        )
        .order_by(UnitEvidence.id)
    )


def _replies_of(thread_ids: Collection[int]) -> Mapping[int, int]:
    rows = db.session.execute(
        sa.select(DiscussionPost.thread_id, sa.func.count())
        .where(DiscussionPost.thread_id.in_(thread_ids), DiscussionPost.hidden_at.is_(None))
        .group_by(DiscussionPost.thread_id)
    )
    return {row[0]: row[1] for row in rows if row[0] is not None}


def _count(wanted: sa.Select[DiscussionPost]) -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(wanted.subquery())) or 0
