"""Keep the platforms that logins and launches name at hand for two seconds, so that a crowd asks once.

What another process changes is seen within two seconds, what this process changes at once. Whether a launch
is let in is not decided by this book: the launch asks the database for the states of platform and deployment.
"""

import time
from dataclasses import dataclass, field

from flask import current_app

from sca_lms.database import changes
from sca_lms.lti import queries
from sca_lms.lti.queries import Registered

KEPT_SECONDS = 2.0
EXTENSION = "sca_lti_platform_book"


@dataclass(slots=True)
class _Book:
    """What was looked up since the book was opened."""

    changes: int
    opened_at: float
    of_id: dict[int, Registered] = field(default_factory=dict)
    of_login: dict[tuple[str, str | None], Registered] = field(default_factory=dict)

    def is_good(self, number: int, moment: float) -> bool:
        return self.changes == number and 0 <= moment - self.opened_at < KEPT_SECONDS


def find_registered(platform_id: int) -> Registered | None:
    """Return a platform by our own id."""
    book = _book()
    found = book.of_id.get(platform_id) or queries.find_registered(platform_id)
    if found is not None:
        book.of_id[platform_id] = found
    return found


def find_for_login(issuer: str, client_id: str | None) -> Registered:
    """Return the one platform that a login is for; raises `LaunchRefused` when there is no telling."""
    book = _book()
    found = book.of_login.get((issuer, client_id)) or queries.find_for_login(issuer, client_id)
    # Only what exists is kept, so invented names cannot fill the memory.
    book.of_login[issuer, client_id] = found
    return found


def _book() -> _Book:
    """Return the book, or an empty one when something may have changed since it was opened."""
    found = current_app.extensions.get(EXTENSION)
    number, moment = changes(), time.monotonic()
    if isinstance(found, _Book) and found.is_good(number, moment):
        return found
    opened = current_app.extensions[EXTENSION] = _Book(number, moment)
    return opened
