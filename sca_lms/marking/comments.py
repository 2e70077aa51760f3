"""Keep comments that are used again, one's own and those shared in the course."""

import datetime as dt
from collections.abc import Sequence

import sqlalchemy as sa

from sca_lms.courses.models import Course
from sca_lms.courses.rules import Actor
from sca_lms.database import db
from sca_lms.marking.models import BankComment
from sca_lms.texts import Bilingual

MOST_SHOWN = 100
"""A bank that is longer is searched by nobody; the most used ones come first."""


def bank(actor: Actor) -> Sequence[BankComment]:
    """Return the comments this person can use: their own and the shared ones, the most used first."""
    return db.session.scalars(
        sa.select(BankComment)
        .where(BankComment.course_id == actor.course_id, _usable(actor))
        .order_by(BankComment.uses.desc(), BankComment.id)
        .limit(MOST_SHOWN)
    ).all()


def find_comment(actor: Actor, comment_id: int) -> BankComment | None:
    """Return a comment that this person can use."""
    return db.session.scalar(
        sa.select(BankComment).where(
            BankComment.id == comment_id, BankComment.course_id == actor.course_id, _usable(actor)
        )
    )


def _usable(actor: Actor) -> sa.ColumnElement[bool]:
    return sa.or_(BankComment.owner_id.is_(None), BankComment.owner_id == actor.person_id)


def add(course: Course, text: Bilingual, *, owner_id: int | None, at: dt.datetime) -> BankComment:
    """Keep a comment, for one person or for all who mark; the same text again is the comment it was."""
    same = db.session.scalars(
        sa.select(BankComment).where(
            BankComment.course_id == course.id, BankComment.text == text, BankComment.owner_id == owner_id
        )
    ).first()
    if same is not None:
        return same
    made = BankComment(course_id=course.id, owner_id=owner_id, text=text, uses=0, created_at=at)
    db.session.add(made)
    db.session.flush()
    return made


def count_use(comment: BankComment) -> None:
    """Remember that a comment was used, so that it comes up sooner."""
    db.session.execute(
        sa.update(BankComment)
        .where(BankComment.id == comment.id)
        .values(uses=BankComment.uses + 1)
        .execution_options(synchronize_session=False)
    )


def forget(comment: BankComment) -> None:
    """Take a comment out of the bank; what was written with it stays."""
    db.session.delete(comment)
    db.session.flush()
