"""Change what belongs to one person's calendar: the lock on their time, the zone, the address of the feed."""

import datetime as dt
import hashlib
import secrets
from collections.abc import Collection
from zoneinfo import available_timezones

import sqlalchemy as sa
from flask_babel import lazy_gettext as _l
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from sca_lms.calendar.models import CalendarOwner
from sca_lms.database import db
from sca_lms.errors import Refused

TOKEN_BYTES = 24
ROWS_AT_ONCE = 5_000
"""A statement carries no more values than either database takes."""


READ_EVERY = dt.timedelta(minutes=1)
"""So often an address may be read in the long run; programs ask every few minutes at the most."""
MOST_READS_AT_ONCE = 30
"""So many reads may follow each other at once: several phones that share one address, and people who try."""


class ReadTooOften(Refused):
    """Whoever has the address of a feed reads it too often."""

    code = "read-too-often"

    def __init__(self, wait: dt.timedelta) -> None:
        super().__init__(_l("This calendar is read too often. Let your program ask every 15 minutes."))
        self.wait = wait
        """So long until it can be read again."""


class UnknownZone(Refused):
    """No time zone has this name."""

    code = "unknown-zone"


class CalendarClosed(Refused):
    """Somebody's time is not given away any more."""

    code = "calendar-closed"


def digest_of(token: str) -> str:
    """Return what is stored of the token in a feed's address."""
    return hashlib.sha256(token.encode()).hexdigest()


def is_sqlite() -> bool:
    """Tell whether the database lets one transaction write at a time anyway."""
    return db.session.connection().dialect.name == "sqlite"


def lock_people(person_ids: Collection[int]) -> None:
    """Let nobody else give these people's time away until the transaction ends.

    Everybody locks in the order of ids, so that nobody waits for somebody who waits for them. Whoever calls
    what takes time more than once in a transaction locks everybody concerned before.
    """
    if is_sqlite():
        # There the transaction itself is the lock.
        return
    ids = sorted(set(person_ids))
    for first in range(0, len(ids), ROWS_AT_ONCE):
        _make_rows(ids[first : first + ROWS_AT_ONCE])
    for first in range(0, len(ids), ROWS_AT_ONCE):
        db.session.execute(
            sa.select(CalendarOwner.person_id)
            .where(CalendarOwner.person_id.in_(ids[first : first + ROWS_AT_ONCE]))
            .order_by(CalendarOwner.person_id)
            .with_for_update()
        ).all()


def refuse_closed(person_ids: Collection[int]) -> None:
    """Raise `CalendarClosed` when one of these people, who are locked, has left for good."""
    ids = sorted(set(person_ids))
    for first in range(0, len(ids), ROWS_AT_ONCE):
        closed = sa.select(CalendarOwner.person_id).where(
            CalendarOwner.person_id.in_(ids[first : first + ROWS_AT_ONCE]),
            CalendarOwner.closed_at.is_not(None),
        )
        if db.session.scalar(closed.limit(1)) is not None:
            raise CalendarClosed(_l("Somebody of these takes part no more. Look at who is there now."))


def close(person_id: int, *, at: dt.datetime) -> None:
    """Let nobody take a person's time any more.

    Whoever is taking it now is waited for; so what is read after this transaction is all that there is.
    """
    owner = _owner(person_id)
    owner.closed_at = owner.closed_at or at
    db.session.flush()


def _make_rows(person_ids: Collection[int]) -> None:
    insert = sqlite_insert if is_sqlite() else postgresql_insert
    rows = [{"person_id": person_id, "zone": ""} for person_id in person_ids]
    if rows:
        db.session.execute(insert(CalendarOwner).values(rows).on_conflict_do_nothing())


def choose_zone(person_id: int, zone: str) -> None:
    """Show this person all times in a zone; empty for the course's. Raise `UnknownZone`."""
    if zone and zone not in available_timezones():
        raise UnknownZone(_l("There is no time zone of this name."))
    _owner(person_id).zone = zone
    db.session.flush()


def make_feed(person_id: int, *, at: dt.datetime) -> str:
    """Give a person's feed a new address and return its token, which is not stored; the old one is dead."""
    token, owner = secrets.token_urlsafe(TOKEN_BYTES), _owner(person_id)
    owner.feed_digest, owner.feed_made_at, owner.feed_spent_until = digest_of(token), at, None
    db.session.flush()
    return token


def count_read(owner: CalendarOwner, *, at: dt.datetime) -> None:
    """Count one read of a feed's address against what it may be read; raise `ReadTooOften`.

    Each read moves a moment on by `READ_EVERY`; it may lie `MOST_READS_AT_ONCE` reads ahead. One moment in
    the row is all that has to be kept, and it holds for however many processes and machines answer.
    """
    _refuse_spent(owner, at)
    digest = owner.feed_digest
    db.session.refresh(owner, ["feed_digest", "feed_spent_until"], with_for_update=True)
    if owner.feed_digest != digest:
        # A new address has its own allowance.
        return
    _refuse_spent(owner, at)
    owner.feed_spent_until = max(owner.feed_spent_until or at, at) + READ_EVERY
    db.session.flush()


def _refuse_spent(owner: CalendarOwner, at: dt.datetime) -> None:
    if owner.feed_spent_until is None:
        return
    wait = owner.feed_spent_until + READ_EVERY - (at + MOST_READS_AT_ONCE * READ_EVERY)
    if wait > dt.timedelta(0):
        raise ReadTooOften(wait)


def revoke_feed(person_id: int) -> None:
    """Take the address of a person's feed away; whoever has it reads nothing any more."""
    owner = _owner(person_id)
    owner.feed_digest = owner.feed_made_at = owner.feed_spent_until = None
    db.session.flush()


def _owner(person_id: int) -> CalendarOwner:
    _make_rows([person_id])
    return db.session.get_one(CalendarOwner, person_id, with_for_update=True, populate_existing=True)
