"""Read the settings of one installation from its environment, once, and refuse what cannot work."""

import difflib
import importlib.util
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parseaddr
from pathlib import Path
from urllib.parse import urlsplit

from flask import current_app

PREFIX = "SCA_LMS_"
NAMES = (
    "DATABASE_URL",
    "DATA_DIR",
    "PUBLIC_URL",
    "SECRET_KEY",
    "TRUSTED_PROXIES",
    "ALLOW_PRIVATE_PLATFORMS",
    "FILES_URL",
    "QUEUE_URL",
    "SMTP_URL",
    "MAIL_FROM",
    "LOG_LEVEL",
)
FILE_PLACES = ("file", "s3")
MAIL_PLACES = ("smtp", "smtps")
QUEUE_PLACES = ("sqlite:///", "redis://", "rediss://", "postgresql://")
SECRET_FILE = "secret-key"  # noqa: S105 - The name of a file.
"""Where the generated secret is kept, in the data directory."""
LOG_LEVELS = ("debug", "info", "warning", "error")
MINIMUM_SECRET_LENGTH = 32
LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})


class SettingsError(Exception):
    """The environment holds settings that cannot work; `problems` has one sentence for each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything an administrator decides about one installation."""

    database_url: str
    data_dir: Path
    public_url: str
    secret_key: str
    trusted_proxies: int = 0
    allow_private_platforms: bool = False
    log_level: str = "info"
    files_url: str = ""
    """Where uploaded files lie, as fsspec writes it; empty means in the data directory."""
    queue_url: str = ""
    """Where the worker's queue is; empty means a file in the data directory."""
    smtp_url: str = ""
    """The mail server; empty means that no e-mail is sent."""
    mail_from: str = ""
    """Who e-mails come from, as `Name <address>` or an address alone."""

    @property
    def is_https(self) -> bool:
        """Tell whether people reach the tool over https."""
        return self.public_url.startswith("https://")

    @property
    def is_loopback(self) -> bool:
        """Tell whether the tool is only reachable from its own machine."""
        return (urlsplit(self.public_url).hostname or "") in LOOPBACK_HOSTS

    @property
    def is_sqlite(self) -> bool:
        """Tell whether the embedded database is used."""
        return self.database_url.startswith("sqlite")

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> "Settings":
        """Read `SCA_LMS_*`; raise `SettingsError` naming every unknown name and bad value at once."""
        given = os.environ if environ is None else environ
        reader = _Reader({name: value for name, value in given.items() if name.startswith(PREFIX)})
        settings = reader.read()
        if reader.problems:
            raise SettingsError(reader.problems)
        return settings


class _Reader:
    """Collect every problem instead of stopping at the first."""

    def __init__(self, given: Mapping[str, str]) -> None:
        self.given = given
        self.problems: list[str] = []
        for name in sorted(set(given) - {PREFIX + known for known in NAMES}):
            near = difflib.get_close_matches(name.removeprefix(PREFIX), NAMES, n=1)
            hint = f"; did you mean {PREFIX}{near[0]}?" if near else ""
            self.problems.append(f"{name} is not a setting{hint}")

    def value(self, name: str, default: str = "") -> str:
        return self.given.get(PREFIX + name, "").strip() or default

    def read(self) -> Settings:
        data_dir = Path(self.value("DATA_DIR", "var")).expanduser().absolute()
        database_url = self.database_url(data_dir)
        return Settings(
            database_url=database_url,
            data_dir=data_dir,
            public_url=self.public_url(),
            secret_key=self.secret_key(data_dir, embedded=database_url.startswith("sqlite")),
            trusted_proxies=self.whole_number("TRUSTED_PROXIES", 0, largest=10),
            allow_private_platforms=self.switch("ALLOW_PRIVATE_PLATFORMS"),
            log_level=self.choice("LOG_LEVEL", "info", LOG_LEVELS),
            files_url=self.files_url(),
            queue_url=self.queue_url(),
            smtp_url=self.smtp_url(),
            mail_from=self.mail_from(),
        )

    def database_url(self, data_dir: Path) -> str:
        value = self.value("DATABASE_URL", f"sqlite:///{data_dir / 'sca-lms.sqlite3'}")
        if value.startswith(("postgres://", "postgresql://")):
            # The short forms are what hosting companies print; the driver is always psycopg 3.
            value = "postgresql+psycopg://" + value.split("://", 1)[1]
        if not value.startswith(("sqlite:///", "postgresql+psycopg://")):
            self.problems.append(f"{PREFIX}DATABASE_URL must start with sqlite:/// or postgresql+psycopg://")
        return value

    def files_url(self) -> str:
        value = self.value("FILES_URL").rstrip("/")
        if value and value.partition("://")[0] not in FILE_PLACES:
            known = " or ".join(f"{place}://" for place in FILE_PLACES)
            self.problems.append(f"{PREFIX}FILES_URL must start with {known}, not {value!r}")
        if value.startswith("s3://") and importlib.util.find_spec("s3fs") is None:
            self.problems.append(f"{PREFIX}FILES_URL needs the package s3fs: pip install 'sca-lms[s3]'")
        return value

    def queue_url(self) -> str:
        value = self.value("QUEUE_URL")
        if value.startswith("postgres://"):
            value = "postgresql://" + value.split("://", 1)[1]
        if value and not value.startswith(QUEUE_PLACES):
            known = " or ".join(QUEUE_PLACES)
            self.problems.append(f"{PREFIX}QUEUE_URL must start with {known}")
        if value.startswith("redis") and importlib.util.find_spec("redis") is None:
            self.problems.append(f"{PREFIX}QUEUE_URL needs the package redis: pip install 'sca-lms[redis]'")
        return value

    def smtp_url(self) -> str:
        value = self.value("SMTP_URL")
        try:
            parts = urlsplit(value)
            usable = parts.scheme in MAIL_PLACES and bool(parts.hostname) and parts.port != 0
        except ValueError:
            usable = False
        if value and not usable:
            # The address may hold a password, so it is not repeated.
            self.problems.append(
                f"{PREFIX}SMTP_URL must look like smtp://user:password@host:587 or smtps://host:465"
            )
        if bool(value) is not bool(self.value("MAIL_FROM")):
            self.problems.append(f"{PREFIX}SMTP_URL and {PREFIX}MAIL_FROM work together: set both or none")
        return value

    def mail_from(self) -> str:
        value = self.value("MAIL_FROM")
        _name, address = parseaddr(value)
        local, _at, domain = address.rpartition("@")
        if value and not (local and domain and value.isprintable()):
            self.problems.append(f"{PREFIX}MAIL_FROM must be an address like 'Name <no-reply@example.org>'")
        return value

    def public_url(self) -> str:
        value = self.value("PUBLIC_URL", "http://127.0.0.1:8000").rstrip("/")
        try:
            parts = urlsplit(value)
            host, _ = parts.hostname, parts.port
        except ValueError:
            host, parts = None, urlsplit("")
        if parts.scheme not in {"http", "https"} or not host or parts.query or parts.fragment:
            self.problems.append(
                f"{PREFIX}PUBLIC_URL must be an address like https://lms.example.org, not {value!r}"
            )
        elif parts.scheme == "http" and host not in LOOPBACK_HOSTS:
            self.problems.append(
                f"{PREFIX}PUBLIC_URL must use https (plain http works on 127.0.0.1 only), not {value!r}"
            )
        return value

    def secret_key(self, data_dir: Path, *, embedded: bool) -> str:
        value = self.value("SECRET_KEY")
        if value:
            if len(value) < MINIMUM_SECRET_LENGTH:
                self.problems.append(
                    f"{PREFIX}SECRET_KEY is too short: at least {MINIMUM_SECRET_LENGTH} random characters"
                )
            return value
        if not embedded:
            self.problems.append(
                f"{PREFIX}SECRET_KEY is required when the database is not the embedded one; "
                'make one with: python3 -c "import secrets; print(secrets.token_urlsafe(48))"'
            )
            return ""
        return "" if self.problems else self.kept_secret(data_dir)

    def kept_secret(self, data_dir: Path) -> str:
        """Return the key kept beside the embedded database, making it the first time."""
        path = data_dir / SECRET_FILE
        try:
            data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
            if not path.exists():
                # Two processes may start at once: a hard link to a finished file decides who was first.
                draft = data_dir / f".secret-key-{os.getpid()}-{secrets.token_hex(4)}"
                draft.touch(mode=0o600)
                draft.write_text(secrets.token_urlsafe(48) + "\n", encoding="ascii")
                try:
                    os.link(draft, path)
                except FileExistsError:
                    pass
                finally:
                    draft.unlink()
            return path.read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError) as error:
            self.problems.append(f"{PREFIX}DATA_DIR {data_dir} cannot be used: {error}")
            return ""

    def whole_number(self, name: str, default: int, *, largest: int) -> int:
        value = self.value(name)
        if not value:
            return default
        if value.isascii() and value.isdigit() and int(value) <= largest:
            return int(value)
        self.problems.append(f"{PREFIX}{name} must be a whole number from 0 to {largest}, not {value!r}")
        return default

    def switch(self, name: str) -> bool:
        value = self.value(name).lower()
        if value in {"", "0", "false", "no", "off"}:
            return False
        if value not in {"1", "true", "yes", "on"}:
            self.problems.append(f"{PREFIX}{name} must be on or off, not {value!r}")
        return True

    def choice(self, name: str, default: str, choices: tuple[str, ...]) -> str:
        value = self.value(name, default).lower()
        if value not in choices:
            self.problems.append(f"{PREFIX}{name} must be one of {', '.join(choices)}, not {value!r}")
        return value


def settings() -> Settings:
    """Return the settings of the running application."""
    found = current_app.extensions["sca_settings"]
    if not isinstance(found, Settings):
        raise TypeError("create_app() must store the settings first")
    return found
