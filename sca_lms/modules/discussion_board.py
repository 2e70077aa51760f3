"""Put together what the pages of a discussion show."""

import datetime as dt
import secrets
from dataclasses import dataclass

from flask import request
from markupsafe import Markup

from sca_lms import clock
from sca_lms.courses.access import actor
from sca_lms.courses.rich_text import to_html
from sca_lms.courses.rules import STAFF, Role
from sca_lms.modules import discussing, discussion_queries
from sca_lms.modules.discussion_queries import Thread
from sca_lms.modules.forms import PostForm
from sca_lms.modules.models import DiscussionPost, Unit
from sca_lms.modules.standing import CourseStanding
from sca_lms.web.paging import Page, page_number

LONGEST_SEARCH = 100


@dataclass(frozen=True, slots=True)
class Reader:
    """What one reader of a discussion may do with its posts."""

    enrolment_id: int | None
    is_staff: bool
    at: dt.datetime

    def may_read(self, post: DiscussionPost) -> bool:
        """Tell whether the text of a post is shown: a hidden one to staff and to its writer."""
        return post.hidden_at is None or self.is_staff or self.wrote(post)

    def wrote(self, post: DiscussionPost) -> bool:
        """Tell whether a post is the reader's own."""
        return post.enrolment_id == self.enrolment_id

    def may_edit(self, post: DiscussionPost) -> bool:
        """Tell whether the reader may still change a post."""
        is_hidden = post.hidden_at is not None
        return self.wrote(post) and discussing.may_edit(post.written_at, hidden=is_hidden, at=self.at)

    def html(self, post: DiscussionPost) -> Markup:
        """Return the text of a post ready to show, empty when it is not the reader's to see."""
        return to_html(post.body) if self.may_read(post) else Markup("")

    def is_by_staff(self, post: DiscussionPost) -> bool:
        """Tell whether somebody who teaches or manages the course wrote a post."""
        return not STAFF.isdisjoint(post.enrolment.roles)

    def may_answer(self, post: DiscussionPost) -> bool:
        """Tell whether a post can be answered."""
        return post.hidden_at is None and self.enrolment_id is not None


@dataclass(frozen=True, slots=True)
class Board:
    """The threads of a discussion, or what a search found in it, and a form for a new post."""

    reader: Reader
    search: str
    threads: Page[Thread] | None
    found: Page[DiscussionPost] | None
    form: PostForm


def takes_part(unit: Unit, standing: CourseStanding | None) -> bool:
    """Tell whether the actor may read and write in a discussion: staff, and learners to whom it is open."""
    if actor().has(*STAFF):
        return True
    if standing is None or not actor().has(Role.LEARNER):
        return False
    module, own = standing.module(unit.module.code), standing.unit(unit.code)
    return module is not None and own is not None and not discussing.is_shut(module, own.state)


def reader() -> Reader:
    """Return what the actor may do with posts."""
    return Reader(actor().enrolment_id, actor().has(*STAFF), clock.now())


def board(unit: Unit) -> Board:
    """Return the page of the discussion that was asked for; the statements do not grow with it."""
    search = request.args.get("q", "").strip()[:LONGEST_SEARCH]
    number = page_number(request.args)
    return Board(
        reader=reader(),
        search=search,
        threads=None if search else discussion_queries.threads(unit, number=number),
        found=discussion_queries.found_posts(unit, search, number=number) if search else None,
        form=new_form(),
    )


def new_form(**more: object) -> PostForm:
    """Return an empty form, with a key of its own."""
    return PostForm(data={"key": secrets.token_urlsafe(12), **more})
