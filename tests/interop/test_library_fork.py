"""The adapter to the LTI library also works on the library's maintained fork."""

import subprocess

import pytest

from tests.interop.environments import FORK, fork_python
from tests.interop.peers import ROOT, clean_environ

pytestmark = pytest.mark.interop

TESTED = ("test_vocabulary", "test_claims", "test_roles")


def test_the_adapter_passes_its_own_tests_on_the_fork() -> None:
    files = [f"tests/lti/{name}.py" for name in TESTED]
    # One of them makes an environment with the fork by itself.
    command = [str(fork_python()), "-m", "pytest", "-p", "no:xdist", "-k", "not fork", *files]
    done = subprocess.run(
        command, cwd=ROOT, env=clean_environ(), capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    assert " passed" in done.stdout


def test_it_is_the_fork_that_was_tested() -> None:
    program = (
        "import importlib.metadata as m, pylti1p3, sca_lms.lti.vocabulary as v;"
        f"print(m.version({FORK!r}), pylti1p3.__file__, v.MESSAGE_TYPE)"
    )
    python = fork_python()
    done = subprocess.run(
        [str(python), "-c", program],
        cwd=ROOT,
        env=clean_environ(),
        capture_output=True,
        text=True,
        check=True,
    )
    version, place, claim = done.stdout.split()
    assert version == "2.0.2"
    assert place.startswith(str(python.parent.parent))
    assert claim == "https://purl.imsglobal.org/spec/lti/claim/message_type"
