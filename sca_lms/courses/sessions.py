"""The browser's session, kept in our own table: one per browser, one person per course in it.

Two courses open in two tabs never mix, because the person belongs to the (session, course) pair and the
course stands in the address.
"""

import datetime as dt
import hashlib
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Mapped, joinedload, mapped_column, relationship

from sca_lms.courses.models import Course, Enrolment, Person
from sca_lms.database import Base, db
from sca_lms.prepared import Direct, Prepared

Upsert = sqlite.Insert | postgresql.Insert

LIFETIME = dt.timedelta(hours=12)
LONGEST = dt.timedelta(hours=24)
"""However busy a browser is, after this it enters through its host again."""
TAB_LIFETIME = dt.timedelta(hours=4)
SEEN_EVERY = dt.timedelta(minutes=5)


class WebSession(Base):
    """One browser, known by a random token of which only the hash is kept."""

    __tablename__ = "web_session"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    is_tab: Mapped[bool] = mapped_column(default=False)
    """True when no cookie survives and the token travels in the address of one tab."""
    form_secret: Mapped[str] = mapped_column(sa.String(64))
    locale_choice: Mapped[str | None] = mapped_column(sa.String(8))
    theme: Mapped[str] = mapped_column(sa.String(8), default="light")
    is_operator: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[dt.datetime]
    seen_at: Mapped[dt.datetime]
    expires_at: Mapped[dt.datetime] = mapped_column(index=True)


class SessionGrant(Base):
    """Who this browser is in one course, as the last launch into that course said."""

    __tablename__ = "session_grant"

    session_id: Mapped[int] = mapped_column(
        sa.ForeignKey("web_session.id", ondelete="CASCADE"), primary_key=True
    )
    course_id: Mapped[int] = mapped_column(sa.ForeignKey("course.id"), primary_key=True, index=True)
    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    """Empty for a launch without a subject: a guest who may only read."""
    enrolment_id: Mapped[int | None] = mapped_column(sa.ForeignKey("enrolment.id"), index=True)
    frame_origin: Mapped[str] = mapped_column(sa.Text, default="")
    return_url: Mapped[str] = mapped_column(sa.Text, default="")
    launch_locale: Mapped[str | None] = mapped_column(sa.String(16))
    granted_at: Mapped[dt.datetime]

    session: Mapped[WebSession] = relationship(lazy="raise_on_sql")
    course: Mapped[Course] = relationship(lazy="raise_on_sql")
    person: Mapped[Person | None] = relationship(lazy="raise_on_sql")
    enrolment: Mapped[Enrolment | None] = relationship(lazy="raise_on_sql")


@dataclass(frozen=True, slots=True)
class Opened:
    """A session that was opened or extended, and the token to hand to the browser."""

    session_id: int
    token: str


def hash_token(token: str) -> str:
    """Return what the table keeps of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def find_session(token: str, *, at: dt.datetime, tab: bool = False) -> WebSession | None:
    """Return the live session of a token; a cookie's token opens nothing in an address, nor the other way."""
    return db.session.scalar(
        sa.select(WebSession).where(
            WebSession.token_hash == hash_token(token),
            WebSession.is_tab.is_(tab),
            WebSession.expires_at > at,
            WebSession.created_at > at - LONGEST,
        )
    )


def grants_of(session: WebSession) -> Sequence[SessionGrant]:
    """Return the courses that are open in a browser, with the course, the newest first."""
    return db.session.scalars(
        sa.select(SessionGrant)
        .where(SessionGrant.session_id == session.id)
        .options(joinedload(SessionGrant.course))
        .order_by(SessionGrant.granted_at.desc(), SessionGrant.course_id)
    ).all()


def find_grant(session: WebSession, course_id: int, *only: sa.ColumnElement[bool]) -> SessionGrant | None:
    """Return who the browser is in a course, with course, person and enrolment loaded.

    `only` are further conditions on the grant, such as that nobody has shut the door since.
    """
    return db.session.scalar(
        sa.select(SessionGrant)
        .where(SessionGrant.session_id == session.id, SessionGrant.course_id == course_id, *only)
        .options(
            joinedload(SessionGrant.course),
            joinedload(SessionGrant.person),
            joinedload(SessionGrant.enrolment),
        )
    )


def open_session(
    token: str | None,
    *,
    at: dt.datetime,
    known: WebSession | None = None,
    tab: bool = False,
    operator: bool = False,
    on: Direct | None = None,
) -> Opened:
    """Return the session of the browser's token, or a new one; never trusts a token it does not know.

    `known` is the token's session where it has been looked up before. The statements run in the session's
    transaction, or `on` a connection of its own, which looks nothing up.
    """
    found = known or (find_session(token, at=at) if token and on is None else None)
    connection = on or db.session.connection()
    if token and found is not None and _may_go_on(found, tab=tab, operator=operator):
        _EXTEND.run(connection, {"session_id": found.id, "seen": at, "expires": at + LIFETIME})
        return Opened(found.id, token)
    fresh = secrets.token_urlsafe(32)
    inserted = _INSERT_SESSION.run(
        connection,
        {
            "token_hash": hash_token(fresh),
            "is_tab": tab,
            "form_secret": secrets.token_hex(32),
            "theme": found.theme if found else "light",
            "locale_choice": found.locale_choice if found else None,
            "is_operator": operator,
            "created_at": at,
            "seen_at": at,
            "expires_at": at + (TAB_LIFETIME if tab else LIFETIME),
        },
    )
    (session_id,) = inserted or (0,)
    return Opened(session_id, fresh)


def _may_go_on(session: WebSession, *, tab: bool, operator: bool) -> bool:
    """Tell whether a browser keeps its session; becoming an operator needs a token nobody knew before."""
    return not tab and not session.is_tab and (session.is_operator or not operator)


def grant(
    session_id: int,
    course_id: int,
    enrolment: Enrolment | None,
    *,
    at: dt.datetime,
    frame_origin: str = "",
    return_url: str = "",
    launch_locale: str | None = None,
) -> None:
    """Say who a browser is in a course from now on; without an enrolment it is a guest who may read."""
    put_grant(
        db.session.connection(),
        {
            "session_id": session_id,
            "course_id": course_id,
            "person_id": enrolment.person_id if enrolment else None,
            "enrolment_id": enrolment.id if enrolment else None,
            "frame_origin": frame_origin,
            "return_url": return_url,
            "launch_locale": launch_locale,
            "granted_at": at,
        },
    )


def put_grant(on: Connection | Direct, values: Mapping[str, object]) -> None:
    """Write a grant down from the values of its columns; of two at the same instant the later one decides."""
    _PUT_GRANT[on.dialect.name].run(on, values)


_SESSIONS, _GRANTS = Base.metadata.tables["web_session"], Base.metadata.tables["session_grant"]


def _prepare_grant(insert: Callable[[sa.Table], Upsert]) -> Prepared:
    """Return the statement that makes a grant or replaces it; both databases know it, each in its dialect."""
    statement = insert(_GRANTS)
    keys = [column.name for column in _GRANTS.primary_key]
    rest = [column.name for column in _GRANTS.columns if column.name not in keys]
    return Prepared(
        statement.on_conflict_do_update(
            index_elements=keys, set_={name: statement.excluded[name] for name in rest}
        ),
        [*keys, *rest],
    )


_EXTEND = Prepared(
    sa.update(_SESSIONS)
    .where(_SESSIONS.c.id == sa.bindparam("session_id"))
    .values(seen_at=sa.bindparam("seen"), expires_at=sa.bindparam("expires"))
)
_INSERT_SESSION = Prepared(
    sa.insert(_SESSIONS).returning(_SESSIONS.c.id),
    [column.name for column in _SESSIONS.columns if column is not _SESSIONS.c.id],
)
_PUT_GRANT: Mapping[str, Prepared] = {
    "sqlite": _prepare_grant(sqlite.insert),
    "postgresql": _prepare_grant(postgresql.insert),
}


def leave(session: WebSession, course_id: int) -> bool:
    """End what a browser is in a course; returns whether its session had nothing else and is gone as well."""
    db.session.execute(
        sa.delete(SessionGrant).where(
            SessionGrant.session_id == session.id, SessionGrant.course_id == course_id
        )
    )
    has_others = sa.select(SessionGrant.course_id).where(SessionGrant.session_id == WebSession.id).exists()
    gone = db.session.execute(
        sa.delete(WebSession)
        .where(WebSession.id == session.id, WebSession.is_operator.is_(False), ~has_others)
        .returning(WebSession.id)
        .execution_options(synchronize_session=False)
    )
    return gone.first() is not None


def forget_expired(*, at: dt.datetime) -> int:
    """Delete sessions whose time is over; returns how many."""
    over = sa.or_(WebSession.expires_at <= at, WebSession.created_at <= at - LONGEST)
    expired = sa.select(WebSession.id).where(over)
    db.session.execute(sa.delete(SessionGrant).where(SessionGrant.session_id.in_(expired)))
    gone = db.session.execute(sa.delete(WebSession).where(over).returning(WebSession.id))
    return len(gone.all())
