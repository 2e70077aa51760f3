"""Comment on a passage of a submitted text, or on a place of a page of a PDF."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l

from sca_lms.assignments.models import Submission, WorkFile
from sca_lms.database import db
from sca_lms.errors import Refused
from sca_lms.marking.models import Annotation

PER_MILLE = 1000
MOST_PAGES = 5000
PDF = "application/pdf"


class NoSuchPlace(Refused):
    """The passage is not in the text, or the page is not one of the file."""

    code = "no-such-place"


@dataclass(frozen=True, slots=True)
class Place:
    """What a comment is about: letters of the text from `starts` up to `ends`, or a point of a page."""

    starts: int | None = None
    ends: int | None = None
    file_id: int | None = None
    page: int | None = None
    left: int | None = None
    top: int | None = None


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a text, and the number of the comment that begins in it, 0 for none."""

    text: str
    numbers: tuple[int, ...]


def annotate(
    submission: Submission, place: Place, text: str, *, author_id: int, at: dt.datetime
) -> Annotation:
    """Write a comment on a place of a version. Raise `NoSuchPlace`."""
    if place.file_id is None:
        starts, ends = place.starts, place.ends
        if starts is None or ends is None or not 0 <= starts < ends <= len(submission.text):
            raise NoSuchPlace(_l("Mark the passage in the text that you comment on."))
        kept = Place(starts=starts, ends=ends)
    else:
        _refuse_unless_pdf(submission, place)
        kept = Place(file_id=place.file_id, page=place.page, left=place.left, top=place.top)
    made = Annotation(
        submission_id=submission.id, author_id=author_id, text=text, created_at=at, **asdict(kept)
    )
    db.session.add(made)
    db.session.flush()
    return made


def find_annotation(submission_ids: Sequence[int], annotation_id: int, author_id: int) -> Annotation | None:
    """Return a comment of somebody's own on one of these versions."""
    return db.session.scalar(
        sa.select(Annotation).where(
            Annotation.id == annotation_id,
            Annotation.submission_id.in_(submission_ids),
            Annotation.author_id == author_id,
        )
    )


def forget(annotation: Annotation) -> None:
    """Take a comment back."""
    db.session.delete(annotation)
    db.session.flush()


def passage(text: str, quote: str) -> tuple[int, int] | None:
    """Return where a quoted passage stands in a text, for marking without a script."""
    starts = text.find(quote) if quote else -1
    return (starts, starts + len(quote)) if starts >= 0 else None


def pieces(text: str, spans: Sequence[tuple[int, int, int]]) -> list[Piece]:
    """Cut a text where comments begin and end; `spans` holds number, start and end of each.

    Comments may overlap; a piece knows the numbers of all that it belongs to.
    """
    edges = {0, len(text)}
    for _, starts, ends in spans:
        edges |= {min(starts, len(text)), min(ends, len(text))}
    cuts = sorted(edges)
    return [
        Piece(
            text[start:end],
            tuple(number for number, starts, ends in spans if starts < end and start < ends),
        )
        for start, end in pairwise(cuts)
    ]


def _refuse_unless_pdf(submission: Submission, place: Place) -> None:
    file = db.session.scalars(
        sa.select(WorkFile)
        .join(WorkFile.file)
        .where(WorkFile.submission_id == submission.id, WorkFile.file_id == place.file_id)
        .options(sa.orm.joinedload(WorkFile.file))
    ).first()
    numbers = (place.left, place.top)
    inside = all(number is not None and 0 <= number <= PER_MILLE for number in numbers)
    page_is_one = place.page is not None and 1 <= place.page <= MOST_PAGES
    if file is None or file.file.media_type != PDF or not inside or not page_is_one:
        raise NoSuchPlace(_l("Point at the place on the page that you comment on."))
