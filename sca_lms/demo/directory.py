"""Keep a demo in a directory of its own, in which one demo runs at a time."""

import fcntl
import os
import shlex
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from sca_lms.errors import Refused

MARKER = ".sca-lms-demo"
"""Says that a directory is a demo's, and of which address; empty until the sample is complete."""
ENVIRONMENT = "demo.env"


class DemoRefused(Refused):
    """The demo would touch something that is not its own."""

    code = "demo-refused"


@contextmanager
def claimed(data_dir: Path) -> Iterator[None]:
    """Hold a directory for one demo; raises `DemoRefused` when it is another's or no demo's.

    The lock ends with the process that holds it, however that ends.
    """
    marker = data_dir / MARKER
    if data_dir.exists() and any(data_dir.iterdir()) and not marker.exists():
        raise DemoRefused(
            f"{data_dir} holds something that is no demo. Choose another --data-dir; nothing was touched."
        )
    data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    with marker.open("a+", encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            address = made_for(data_dir)
            raise DemoRefused(
                f"A demo is running in {data_dir} already{f': open {address}' if address else ''}. "
                "Stop it first, or choose another --data-dir and another --port."
            ) from error
        yield


def made_for(data_dir: Path) -> str:
    """Return the address of the pretend LMS that the sample was made for, nothing while it is not whole."""
    marker = data_dir / MARKER
    return marker.read_text(encoding="ascii").strip() if marker.exists() else ""


def complete(data_dir: Path, platform_url: str) -> None:
    """Say that the sample is whole."""
    (data_dir / MARKER).write_text(f"{platform_url}\n", encoding="ascii")


def empty(data_dir: Path) -> None:
    """Forget everything in a demo's directory; what was begun and not finished is no use either."""
    (data_dir / MARKER).write_text("", encoding="ascii")
    for entry in data_dir.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        elif entry.name != MARKER:
            entry.unlink()


def write_environment(data_dir: Path, environment: Mapping[str, str]) -> Path:
    """Write the settings of the demo for a shell to read, and return where they are."""
    path = data_dir / ENVIRONMENT
    lines = ["# Settings of this demo for the command line.\n"]
    lines += [f"{name}={shlex.quote(value)}\n" for name, value in environment.items()]
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.writelines(lines)
    return path
