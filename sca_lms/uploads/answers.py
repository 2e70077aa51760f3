"""Answer with an uploaded file: always as an attachment, from a page that can run nothing."""

from collections.abc import Iterator
from typing import IO
from urllib.parse import quote

from flask import Response, abort

from sca_lms.uploads.content import ending_of
from sca_lms.uploads.models import StoredFile
from sca_lms.uploads.storage import CHUNK, store

POLICY = "default-src 'none'; sandbox; frame-ancestors 'none'"


def attachment(stored: StoredFile) -> Response:
    """Return the file as a download; 404 when the store lost it. The caller has checked who may read it."""
    opened = store().open(stored.key)
    if opened is None:
        abort(404)
    response = Response(_blocks(opened), mimetype=stored.media_type)
    response.headers["Content-Length"] = str(stored.size)
    ending = ending_of(stored.name)
    response.headers["Content-Disposition"] = (
        f"attachment; filename=\"file.{ending}\"; filename*=UTF-8''{quote(stored.name, safe='')}"
    )
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _blocks(opened: IO[bytes]) -> Iterator[bytes]:
    with opened:
        while block := opened.read(CHUNK):
            yield block
