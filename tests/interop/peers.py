"""Make virtual environments for code whose pins differ from ours; they stand beside our own and are kept."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 900


class CannotMake(Exception):
    """An environment could not be made, mostly for want of a package index."""


def environment(name: str, wanted: str, fill: Callable[[Path], None]) -> Path:
    """Return the Python of an environment; `fill` installs what is wanted when that has changed.

    Raises `CannotMake` saying why.
    """
    with prepared(name, wanted + sys.version) as (place, is_new):
        python = place / "bin" / "python"
        if is_new:
            run(sys.executable, "-m", "venv", str(place))
            fill(python)
    return python


@contextmanager
def prepared(name: str, wanted: str) -> Iterator[tuple[Path, bool]]:
    """Give a directory that is either complete or has to be filled inside the `with` block."""
    place = Path(sys.prefix) / f"peers-{name}"
    stamp, mark = place / "complete", hashlib.sha256(wanted.encode()).hexdigest()
    # Several processes may want it at once.
    with place.with_suffix(".turn").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        is_new = not stamp.exists() or stamp.read_text(encoding="ascii") != mark
        if is_new:
            shutil.rmtree(place, ignore_errors=True)
        yield place, is_new
        stamp.write_text(mark, encoding="ascii")


def install(python: Path, *what: str) -> None:
    """Install packages with the environment's own pip."""
    run(str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *what)


def run(*command: str, cwd: Path | None = None) -> str:
    """Run a program and return what it prints; raises `CannotMake`."""
    try:
        done = subprocess.run(
            command,
            check=True,
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            env=clean_environ(),
            cwd=cwd,
        )
    except (subprocess.SubprocessError, OSError) as error:
        told = getattr(error, "stderr", None) or str(error)
        raise CannotMake(f"{' '.join(command[:4])}: {told.strip()[-1500:]}") from error
    return done.stdout


def clean_environ() -> dict[str, str]:
    """Return the environment for another program: nothing of ours, and no proxy on the way to loopback."""
    unwanted = ("PYTHON", "VIRTUAL_ENV", "SCA_LMS_", "COV_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(unwanted)}
    around = ",".join(filter(None, [kept.get("NO_PROXY", ""), "127.0.0.1", "localhost"]))
    return {**kept, "NO_PROXY": around, "no_proxy": around}
