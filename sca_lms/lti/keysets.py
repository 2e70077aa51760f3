"""Have the public keys of every platform at hand, without asking it more often than it likes.

A key set is kept in memory and in the database. It is asked for again when its time is over, and once, not
more often than every 30 seconds, for a key that is not in it. While a platform cannot be reached its last
key set goes on to serve. One thread asks; it holds neither a transaction nor a lock, and whoever waits for
it waits for a bounded time, so a host that hangs delays only a few of its own launches.
"""

import datetime as dt
import re
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

import sqlalchemy as sa
from flask import current_app
from flask_babel import lazy_gettext as _l
from sqlalchemy.exc import IntegrityError

from sca_lms.database import db, transaction
from sca_lms.errors import Text
from sca_lms.lti.models import PlatformKeySet
from sca_lms.lti.outbound import Outbound, Unreachable, outbound
from sca_lms.lti.tokens import VerificationKey, keys_of, parse_json

SHORTEST, LONGEST = dt.timedelta(minutes=5), dt.timedelta(hours=24)
USUAL = dt.timedelta(hours=1)
"""How long a key set serves when the platform says nothing about it."""
FLOOR = dt.timedelta(seconds=30)
LARGEST_KEY_SET = 256 * 1024
PATIENCE_SECONDS = 11.0
"""How long the first to ask waits; an answer goes out within twelve seconds."""
CROWD_PATIENCE_SECONDS = 3.0
"""How long those wait who come while others wait already, or who could be served from the old key set."""
PATIENT = 2
EXTENSION = "sca_lti_keysets"
_MAX_AGE = re.compile(r"(?:^|[,\s])max-age=\"?(\d{1,9})", re.IGNORECASE)
_NO_CACHE = re.compile(r"(?:^|[,\s])no-(?:cache|store)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Source:
    """Whose key set is wanted, and where it is."""

    platform_id: int
    url: str


@dataclass(slots=True)
class _Entry:
    """A key set in memory, with the keys of it that were needed so far."""

    document: Mapping[str, object]
    fetched_at: dt.datetime
    fresh_until: dt.datetime
    keys: dict[str, tuple[VerificationKey, ...]] = field(default_factory=dict)

    def find(self, kid: str) -> tuple[VerificationKey, ...]:
        found = self.keys.get(kid)
        if found is None:
            found = keys_of(self.document, kid)
            if found:
                # Only real keys are remembered, so invented ids cannot fill the memory.
                self.keys[kid] = found
        return found


@dataclass(slots=True)
class _Flight:
    """One request under way, and those who wait for it."""

    done: threading.Event = field(default_factory=threading.Event)
    waiting: int = 0
    failure: Text | None = None
    backoff: dt.timedelta = dt.timedelta()
    recorded: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """The keys with the wanted id, none of them when there is none, and why a fetch failed if one did."""

    keys: tuple[VerificationKey, ...]
    failure: Text | None = None


class KeySets:
    """The key sets of all platforms, as one process sees them."""

    def __init__(
        self,
        way_out: Outbound,
        *,
        patience: float = PATIENCE_SECONDS,
        crowd_patience: float = CROWD_PATIENCE_SECONDS,
    ) -> None:
        self._outbound = way_out
        self._patience, self._crowd_patience = patience, crowd_patience
        self._lock = threading.Lock()
        self._entries: dict[Source, _Entry] = {}
        self._flights: dict[Source, _Flight] = {}

    def at_hand(self, source: Source, kid: str, *, at: dt.datetime) -> Found:
        """Return the platform's keys with an id if they are in memory and fresh; nobody is asked."""
        entry = self._entries.get(source)
        return Found(entry.find(kid) if entry is not None and at < entry.fresh_until else ())

    def find(self, source: Source, kid: str, *, at: dt.datetime) -> Found:
        """Return the platform's keys with an id; call it outside of a transaction."""
        at_hand = self.at_hand(source, kid, at=at)
        if at_hand.keys:
            return at_hand
        row = _stored(source)
        entry = self._newest(source, row)
        if entry is not None and at < entry.fresh_until:
            if found := entry.find(kid):
                return Found(found)
            # The key may be newer than the key set; this is the one place where a stranger can make us ask.
            if not _claim(source, at=at):
                return Found(())
            return self._ask(source, kid, at=at, floor=FLOOR)
        if row is not None and row.retry_after is not None and at < row.retry_after:
            return Found(entry.find(kid) if entry else (), failure=_l("it could not be had a moment ago"))
        return self._ask(source, kid, at=at, floor=dt.timedelta())

    def forget(self) -> None:
        """Drop what is in memory, as a fresh process would have it."""
        with self._lock:
            self._entries.clear()

    def _newest(self, source: Source, row: PlatformKeySet | None) -> _Entry | None:
        """Return the newer of what this process and what the database has."""
        entry = self._entries.get(source)
        if row is None or row.document is None or row.fetched_at is None or row.fresh_until is None:
            return entry
        if entry is None or entry.fetched_at < row.fetched_at:
            entry = _Entry(row.document, row.fetched_at, row.fresh_until)
            self._entries[source] = entry
        return entry

    def _ask(self, source: Source, kid: str, *, at: dt.datetime, floor: dt.timedelta) -> Found:
        """Let one thread fetch the key set and wait for it; what was there before serves when it fails."""
        before = self._entries.get(source)
        with self._lock:
            flight = self._flights.get(source)
            if flight is None:
                flight = self._flights[source] = _Flight()
                threading.Thread(
                    target=self._fly, args=(source, flight, at), name="key-set", daemon=True
                ).start()
            flight.waiting += 1
            patient = flight.waiting <= PATIENT and not (before is not None and before.find(kid))
        try:
            finished = flight.done.wait(self._patience if patient else self._crowd_patience)
        finally:
            with self._lock:
                flight.waiting -= 1
        entry = self._entries.get(source)
        failure = flight.failure if finished else _l("it does not answer in time")
        if finished and not flight.recorded:
            # Whoever of those that waited comes first writes it down for the other processes.
            flight.recorded = True
            if failure is not None:
                _store_failure(source, retry_after=at + max(flight.backoff, floor))
            elif entry is not None:
                _store(source, entry)
        return Found(entry.find(kid) if entry else (), failure)

    def _fly(self, source: Source, flight: _Flight, at: dt.datetime) -> None:
        began = time.monotonic()
        try:
            self._entries[source] = fetch(self._outbound, source.url, at=at)
        except Unreachable as error:
            flight.failure = error.message
            # A failure that cost much is not repeated soon, one that cost nothing may be.
            took = dt.timedelta(seconds=time.monotonic() - began)
            flight.backoff = min(took * 10, FLOOR)
        finally:
            with self._lock:
                self._flights.pop(source, None)
            flight.done.set()


def fetch(way_out: Outbound, url: str, *, at: dt.datetime) -> _Entry:
    """Ask a platform for its key set; raises `Unreachable` when the answer is not one."""
    answer = way_out.request("GET", url, headers={"Accept": "application/json"}, limit=LARGEST_KEY_SET)
    if answer.status != 200:
        raise Unreachable(_l("it answers with the status %(status)s", status=answer.status))
    try:
        document = parse_json(answer.content)
    except ValueError as error:
        raise Unreachable(_l("its answer is not JSON")) from error
    if not isinstance(document, dict) or not isinstance(document.get("keys"), list):
        raise Unreachable(_l("its answer is not a key set"))
    lifetime = _lifetime(answer.headers.get("Cache-Control", ""))
    return _Entry(document, fetched_at=at, fresh_until=at + lifetime)


def _lifetime(cache_control: str) -> dt.timedelta:
    found = _MAX_AGE.search(cache_control)
    if _NO_CACHE.search(cache_control):
        return SHORTEST
    wanted = dt.timedelta(seconds=int(found[1])) if found else USUAL
    return min(max(wanted, SHORTEST), LONGEST)


def _stored(source: Source) -> PlatformKeySet | None:
    """Return what the database has of the platform's present address, and end the reading at once."""
    found = db.session.scalar(
        sa.select(PlatformKeySet)
        .where(PlatformKeySet.platform_id == source.platform_id, PlatformKeySet.url == source.url)
        .execution_options(populate_existing=True)
    )
    # Nothing may be held open while a host takes its time; rows read before stay readable.
    db.session.close()
    return found


def _claim(source: Source, *, at: dt.datetime) -> bool:
    """Take the turn to ask for an unknown key; of all processes one gets it, every 30 seconds."""
    with transaction():
        taken = db.session.execute(
            sa.update(PlatformKeySet)
            .where(
                PlatformKeySet.platform_id == source.platform_id,
                sa.or_(PlatformKeySet.retry_after.is_(None), PlatformKeySet.retry_after <= at),
            )
            .values(retry_after=at + FLOOR)
            .returning(PlatformKeySet.platform_id)
            .execution_options(synchronize_session=False)
        )
        return taken.first() is not None


def _store(source: Source, entry: _Entry) -> None:
    # A turn taken for an unknown key stays taken: `retry_after` is left as it is.
    _write(source, document=entry.document, fetched_at=entry.fetched_at, fresh_until=entry.fresh_until)


def _store_failure(source: Source, *, retry_after: dt.datetime) -> None:
    _write(source, retry_after=retry_after)


def _write(source: Source, **values: object) -> None:
    """Write down what is known of the platform's present address; what is known of another is dropped."""
    of_platform = PlatformKeySet.platform_id == source.platform_id
    nothing = {"document": None, "fetched_at": None, "fresh_until": None, "retry_after": None}
    with transaction():
        if not (
            _update(sa.and_(of_platform, PlatformKeySet.url == source.url), values)
            or _update(of_platform, {"url": source.url, **nothing, **values})
        ):
            _insert(source, values)


def _update(which: sa.ColumnElement[bool], values: Mapping[str, object]) -> bool:
    written = db.session.execute(
        sa.update(PlatformKeySet)
        .where(which)
        .values(**values)
        .returning(PlatformKeySet.platform_id)
        .execution_options(synchronize_session=False)
    )
    return written.first() is not None


def _insert(source: Source, values: Mapping[str, object]) -> None:
    try:
        with db.session.begin_nested():
            db.session.execute(
                sa.insert(PlatformKeySet).values(platform_id=source.platform_id, url=source.url, **values)
            )
    except IntegrityError:
        # Another process was first, with an answer as good as ours; or the platform is gone.
        return


def keysets() -> KeySets:
    """Return the application's key sets."""
    found = current_app.extensions.get(EXTENSION)
    if isinstance(found, KeySets):
        return found
    made = KeySets(outbound())
    current_app.extensions[EXTENSION] = made
    return made
