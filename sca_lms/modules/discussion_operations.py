"""Write in discussions, and hide what should not stand there; nothing that was written is ever deleted."""

import datetime as dt

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.exc import IntegrityError

from sca_lms.courses import operations as courses
from sca_lms.courses.models import Course, Enrolment
from sca_lms.courses.rules import Role
from sca_lms.database import db
from sca_lms.errors import Refused
from sca_lms.modules import discussing, discussion_queries
from sca_lms.modules.evidence import add_entry, withdraw_entry
from sca_lms.modules.models import DiscussionPost, Unit
from sca_lms.modules.plan import EvidenceKind
from sca_lms.modules.queries import contribution

_CHANGEABLE = ["body", "hidden_at", "hidden_reason"]


class PostHidden(Refused):
    """What was to be answered or changed has been hidden meanwhile."""

    code = "post-hidden"


class TooLateToEdit(Refused):
    """Others have read and answered the post by now."""

    code = "too-late-to-edit"


class TooManyPosts(Refused):
    """Nobody writes so much in so short a time."""

    code = "too-many-posts"


def write(
    unit: Unit,
    writer: Enrolment,
    body: str,
    *,
    key: str,
    at: dt.datetime,
    answers: DiscussionPost | None = None,
) -> DiscussionPost:
    """Begin a thread, or answer a post; the same key again returns what was written under it first.

    Whether the writer may see the discussion is decided before. Raise `PostHidden` or `TooManyPosts`.
    """
    if answers is not None:
        _refuse_hidden(answers)
    if (sent := discussion_queries.find_sent(writer.id, key)) is not None:
        return sent
    _refuse_flood(writer, at=at)
    thread_id = None if answers is None else answers.thread_id or answers.id
    post = DiscussionPost(
        unit_id=unit.id, enrolment_id=writer.id, thread_id=thread_id,
        answers_id=answers.id if answers else None, body=body, key=key, written_at=at, edited_at=None,
        hidden_at=None, hidden_by_id=None, hidden_reason="",
    )  # fmt: skip
    try:
        with db.session.begin_nested():
            db.session.add(post)
    except IntegrityError:
        # The same form arrived twice at the same moment.
        sent = discussion_queries.find_sent(writer.id, key)
        if sent is None:
            raise
        return sent
    if Role.LEARNER in writer.roles:
        is_reply = answers is not None and answers.enrolment_id != writer.id
        _count(post, writer, discussing.characters_of(body), is_reply, at=at, recorded_at=at)
    return post


def edit(post: DiscussionPost, writer: Enrolment, body: str, *, at: dt.datetime) -> bool:
    """Change what somebody wrote themselves; return whether it is another text now.

    What counts follows the text: a longer one counts from now on, a shorter one no longer for its old length.
    Raise `PostHidden` or `TooLateToEdit`.
    """
    db.session.refresh(post, _CHANGEABLE, with_for_update=True)
    if post.hidden_at is not None:
        raise PostHidden(_l("This post has been hidden by staff. It cannot be answered or changed."))
    if not discussing.may_edit(post.written_at, hidden=False, at=at):
        raise TooLateToEdit(
            _l("A post can be changed for %(minutes)s minutes. Write another one below it.",
               minutes=discussing.EDIT_WINDOW // dt.timedelta(minutes=1))
        )  # fmt: skip
    if body == post.body:
        return False
    post.body, post.edited_at = body, at
    db.session.flush()
    _follow_length(post, writer, discussing.characters_of(body), at=at)
    return True


def hide(post: DiscussionPost, course: Course, reason: str, *, by_id: int | None, at: dt.datetime) -> bool:
    """Take a post out of the learners' sight; it stays stored and counts no longer. Twice changes nothing."""
    db.session.refresh(post, _CHANGEABLE, with_for_update=True)
    if post.hidden_at is not None:
        return False
    post.hidden_at, post.hidden_by_id, post.hidden_reason = at, by_id, reason
    for entry in discussion_queries.counted_entries(post):
        withdraw_entry(entry, post.enrolment, by_id=by_id, batch=f"hide-{post.id}", at=at)
    courses.record_audit(
        course, by_id, "hide-post", str(post.id), at=at, before=None, after={"reason": reason}
    )
    db.session.flush()
    return True


def show_again(post: DiscussionPost, course: Course, *, by_id: int | None, at: dt.datetime) -> bool:
    """Put a hidden post back; it counts again as of when it was written."""
    db.session.refresh(post, _CHANGEABLE, with_for_update=True)
    if post.hidden_at is None:
        return False
    before: dict[str, object] = {"reason": post.hidden_reason}
    post.hidden_at, post.hidden_by_id, post.hidden_reason = None, None, ""
    db.session.flush()
    writer = post.enrolment
    if Role.LEARNER in writer.roles:
        length = discussing.characters_of(post.body)
        _count(post, writer, length, _is_reply(post), at=post.written_at, recorded_at=at, by_id=by_id)
    courses.record_audit(course, by_id, "show-post", str(post.id), at=at, before=before, after=None)
    db.session.flush()
    return True


def _refuse_hidden(answered: DiscussionPost) -> None:
    ids = {answered.id, answered.thread_id or answered.id}
    hidden = sa.select(DiscussionPost.id).where(
        DiscussionPost.id.in_(ids), DiscussionPost.hidden_at.is_not(None)
    )
    if db.session.scalars(hidden).first() is not None:
        raise PostHidden(_l("This post has been hidden by staff. It cannot be answered or changed."))


def _refuse_flood(writer: Enrolment, *, at: dt.datetime) -> None:
    lately = sa.select(sa.func.count(DiscussionPost.id)).where(
        DiscussionPost.enrolment_id == writer.id, DiscussionPost.written_at > at - discussing.FLOOD_WINDOW
    )
    if (db.session.scalar(lately) or 0) >= discussing.MOST_POSTS:
        raise TooManyPosts(_l("That is a lot at once. Wait a few minutes, then send it again."))


def _follow_length(post: DiscussionPost, writer: Enrolment, length: int, *, at: dt.datetime) -> None:
    """Let what counts be as long as the text is now."""
    entries = discussion_queries.counted_entries(post)
    if not entries:
        return
    is_reply = contribution(entries[0].value).is_reply
    longer = [entry for entry in entries if contribution(entry.value).characters > length]
    for entry in longer:
        withdraw_entry(entry, writer, by_id=None, batch=f"edit-{post.id}", at=at)
    if longer:
        # It was at least as long as this from then on.
        _count(post, writer, length, is_reply, at=min(entry.at for entry in longer), recorded_at=at)
    elif all(contribution(entry.value).characters < length for entry in entries):
        _count(post, writer, length, is_reply, at=at, recorded_at=at)


def _is_reply(post: DiscussionPost) -> bool:
    return post.answers is not None and post.answers.enrolment_id != post.enrolment_id


def _count(
    post: DiscussionPost,
    writer: Enrolment,
    length: int,
    is_reply: bool,
    *,
    at: dt.datetime,
    recorded_at: dt.datetime,
    by_id: int | None = None,
) -> None:
    value: dict[str, object] = {"post": post.id, "characters": length, "reply": is_reply}
    add_entry(
        post.unit_id, writer, EvidenceKind.POSTED, value=value, by_id=by_id, at=at, recorded_at=recorded_at,
        key=f"post-{post.id}:{discussion_queries.number_of_entries(post) + 1}",
    )  # fmt: skip
