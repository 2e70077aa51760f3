"""The environments of the interoperability tests, from their lock file."""

import os
import re
import sysconfig
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.interop.peers import ROOT, CannotMake, environment, install, run

LOCK = ROOT / "requirements-interop.lock"
FORK = "pylti1p3next"


def hosts_python() -> Path:
    """Return the Python of the platform libraries; skips or fails when its environment cannot be made."""
    return _environment("hosts", lambda python: _install(python, LOCK))


def fork_python() -> Path:
    """Return a Python that has our own libraries, except that PyLTI1p3 is its fork."""

    def fill(python: Path) -> None:
        wanted = python.parent.parent / "fork.txt"
        wanted.write_text(_locked(FORK), encoding="ascii")
        _install(python, wanted, "--no-deps")
        # Ours stand behind, so that the fork is found first under the name that both use.
        ours = sysconfig.get_path("purelib")
        theirs = run(str(python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip()
        (Path(theirs) / "ours.pth").write_text(f"import site; site.addsitedir({ours!r})\n", encoding="utf-8")

    return _environment("fork", fill)


def _environment(name: str, fill: Callable[[Path], None]) -> Path:
    """Skip on a machine without a package index; under continuous integration that is a failure."""
    try:
        return environment(name, LOCK.read_text(encoding="utf-8"), fill)
    except CannotMake as error:
        reason = f"the environment {name!r} cannot be made from {LOCK.name}: {error}"
    if os.environ.get("CI", "").lower() in {"1", "true"}:
        pytest.fail(reason)
    pytest.skip(reason)


def _install(python: Path, requirements: Path, *options: str) -> None:
    install(python, "--require-hashes", *options, "--requirement", str(requirements))


def _locked(package: str) -> str:
    """Return what the lock says of one package."""
    found = re.search(rf"^{package}==(?:.*\\\n)*.*\n", LOCK.read_text(encoding="utf-8"), re.MULTILINE)
    assert found, f"{package} is not in {LOCK.name}"
    return found[0]
