"""Look an installation over before it goes live: settings, database, data directory, clock."""

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from sca_lms import schema
from sca_lms.config import SECRET_FILE, Settings
from sca_lms.database import db

LARGEST_SKEW_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; `problem` is empty when it is well."""

    subject: str
    problem: str = ""


def inspect(settings: Settings) -> Iterator[Finding]:
    """Look at everything and say in words what would go wrong; needs an application context."""
    yield Finding("secret key")
    yield _public_url(settings)
    yield _https(settings)
    yield _proxies(settings)
    yield _private_platforms(settings)
    yield _data_dir(settings.data_dir)
    yield from _private_files(settings)
    yield from _database(settings)
    if settings.is_sqlite:
        yield _clock_of_files(settings.data_dir)


def _public_url(settings: Settings) -> Finding:
    if settings.is_loopback:
        return Finding("public address", f"{settings.public_url} can only be reached from this machine")
    return Finding("public address")


def _https(settings: Settings) -> Finding:
    return Finding("https", "" if settings.is_https else f"{settings.public_url} is plain http")


def _proxies(settings: Settings) -> Finding:
    if settings.is_https and settings.trusted_proxies == 0:
        return Finding(
            "proxies",
            "the address is https but SCA_LMS_TRUSTED_PROXIES is 0: count the server that ends https",
        )
    return Finding("proxies")


def _private_platforms(settings: Settings) -> Finding:
    if settings.allow_private_platforms and not settings.is_loopback:
        return Finding("hosts", "SCA_LMS_ALLOW_PRIVATE_PLATFORMS is on: for test networks only")
    return Finding("hosts")


def _clock_of_files(data_dir: Path) -> Finding:
    """Compare the clock with what this machine has written before: a clock that was set back is behind it."""
    written = [
        path.stat().st_mtime for path in (Path(__file__), *data_dir.glob("*.sqlite3")) if path.exists()
    ]
    ahead = max(written) - time.time()
    late = f"this machine's clock is {ahead:.0f} seconds behind files that it wrote before"
    return Finding("clock", late if ahead > LARGEST_SKEW_SECONDS else "")


def _data_dir(path: Path) -> Finding:
    if not path.is_dir():
        return Finding("data directory", f"{path} does not exist")
    if not os.access(path, os.W_OK):
        return Finding("data directory", f"{path} cannot be written to")
    return Finding("data directory")


def _private_files(settings: Settings) -> Iterator[Finding]:
    """Look who may read names, scores and secrets: nobody but the account that the tool runs under."""
    database = make_url(settings.database_url).database if settings.is_sqlite else None
    wanted = [
        ("access to the data directory", settings.data_dir, "700"),
        ("access to the secret key", settings.data_dir / SECRET_FILE, "600"),
    ]
    if database:
        # The journals beside the database hold what was written last.
        files = [Path(database), Path(f"{database}-wal"), Path(f"{database}-shm")]
        wanted += [("access to the database", file, "600") for file in files]
    problems: dict[str, str] = {}
    for subject, path, mode in wanted:
        found = problems.setdefault(subject, "")
        if path.exists() and path.stat().st_mode & 0o077 and not found:
            problems[subject] = f"{path} is open to others on this machine: chmod {mode} it"
    yield from (Finding(subject, problem) for subject, problem in problems.items())


def _database(settings: Settings) -> Iterator[Finding]:
    try:
        problem = schema.problem(db.engine)
    except SQLAlchemyError as error:
        yield Finding("database", f"cannot be reached ({type(error).__name__})")
        return
    yield Finding("database", problem or "")
    if not settings.is_sqlite:
        with db.engine.connect() as connection:
            theirs = connection.scalar(sa.text("SELECT extract(epoch FROM clock_timestamp())"))
        skew = abs(float(theirs or 0) - time.time())
        late = f"this machine and the database differ by {skew:.0f} seconds"
        yield Finding("clock", late if skew > LARGEST_SKEW_SECONDS else "")
