"""Take the pictures of questions in, and say where they are shown."""

import datetime as dt
import re
from collections.abc import Collection, Sequence

from flask import current_app, url_for
from werkzeug.datastructures import FileStorage

from sca_lms.assessments.models import QuestionVersion, Response
from sca_lms.courses.models import Course
from sca_lms.uploads import operations as uploads
from sca_lms.uploads.content import MEBIBYTE, Allowed
from sca_lms.uploads.models import StoredFile
from sca_lms.uploads.storage import store

PICTURES = Allowed(frozenset({"png", "jpg", "jpeg", "webp"}), 5 * MEBIBYTE)
MOST_PICTURES = 10
_ODD = re.compile(r"[^A-Za-z0-9._-]+")


def picture_address(response: Response, name: str) -> str:
    """Return where a picture of a question in an attempt is shown; for `attempt_sheets`."""
    return version_picture_address(response.question_version, name)


def version_picture_address(version: QuestionVersion, name: str) -> str:
    """Return where a picture of a version is shown, to those who may read the version."""
    return url_for("bank.picture", course_id=version.question.course_id, version_id=version.id, name=name)


def take_pictures(
    course: Course,
    files: Sequence[FileStorage],
    *,
    taken: Collection[str],
    person_id: int | None,
    at: dt.datetime,
) -> dict[str, StoredFile]:
    """Store what was sent in a file field and return it by the name that the text of the question uses.

    Raise `FileRefused` for what is no picture, or too large.
    """
    stored: dict[str, StoredFile] = {}
    for file in files:
        if not file.filename:
            continue
        kept = uploads.take(
            course,
            file.filename,
            file.stream,
            allowed=PICTURES,
            place=store(),
            scanners=current_app.extensions.get(uploads.SCANNERS, ()),
            person_id=person_id,
            at=at,
        )
        stored[plain_name(kept.name, {*taken, *stored})] = kept
    return stored


def plain_name(name: str, taken: Collection[str]) -> str:
    """Return a name of plain letters for a picture, not yet taken, with the ending it has."""
    stem, _dot, ending = name.rpartition(".")
    plain = _ODD.sub("-", stem).strip("-._")[:80] or "picture"
    number, found = 1, f"{plain}.{ending}"
    while found in taken:
        number += 1
        found = f"{plain}-{number}.{ending}"
    return found
