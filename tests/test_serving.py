"""The server and the worker run in the foreground and end as they should."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from sca_lms import __version__
from sca_lms.serving import AddressNotUsable, check_address

PATIENCE_SECONDS = 60


@contextmanager
def running(directory: Path, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a command of ours until the block ends."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("SCA_LMS_")}
    process = subprocess.Popen(
        [sys.executable, "-m", "sca_lms", *arguments],
        env={**clean, "SCA_LMS_DATA_DIR": str(directory), "SCA_LMS_LOG_LEVEL": "error"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


@pytest.fixture
def installation(tmp_path: Path) -> Path:
    with running(tmp_path, "db", "upgrade") as process:
        assert process.wait(PATIENCE_SECONDS) == 0
    return tmp_path


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def answer_of(address: str, process: subprocess.Popen[bytes]) -> requests.Response:
    """Ask until the server answers; it says where it listens before it does."""
    patience = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < patience and process.poll() is None:
        try:
            return requests.get(address, timeout=5)
        except requests.ConnectionError:
            time.sleep(0.1)
    raise AssertionError("the server never answered")


def test_the_server_is_ready_and_stops_on_sigterm(installation: Path) -> None:
    port = free_port()
    with running(installation, "serve", "--port", str(port), "--workers", "1") as process:
        ready = answer_of(f"http://127.0.0.1:{port}/readyz", process)
        assert (ready.status_code, ready.json()["ready"]) == (200, True)
        assert "default-src 'none'" in ready.headers["Content-Security-Policy"]
        process.send_signal(signal.SIGTERM)
        said, shouted = process.communicate(timeout=PATIENCE_SECONDS)
        assert process.returncode == 0
    assert shouted == b""
    assert said.decode() == (
        f"SCA LMS {__version__} listens on http://127.0.0.1:{port} (1 worker, embedded SQLite); "
        "people reach it at http://127.0.0.1:8000\n"
    )


def test_a_port_that_is_taken_is_one_clear_line(installation: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with running(installation, "serve", "--port", str(port)) as process:
            said, shouted = process.communicate(timeout=PATIENCE_SECONDS)
            assert process.returncode == 1
    assert said == b""
    (line,) = shouted.decode().splitlines()
    assert line.startswith(f"Error: 127.0.0.1:{port} is in use by another program")


@pytest.mark.parametrize("host", ["192.0.2.7", "no such host", "x" * 300])
def test_an_address_that_is_not_ours_is_refused_in_words(host: str) -> None:
    with pytest.raises(AddressNotUsable, match="this machine"):
        check_address(host, 8000)


def test_an_address_that_is_free_is_left_free() -> None:
    port = free_port()
    for host in ("127.0.0.1", "localhost"):
        check_address(host, port)
        check_address(host, port)


def test_the_worker_has_nothing_left_on_an_empty_database(installation: Path) -> None:
    with running(installation, "worker", "--drain") as process:
        assert process.wait(PATIENCE_SECONDS) == 0
