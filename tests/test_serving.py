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

PATIENCE_SECONDS = 60


@contextmanager
def running(directory: Path, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a command of ours until the block ends."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("SCA_LMS_")}
    process = subprocess.Popen(
        [sys.executable, "-m", "sca_lms", *arguments],
        env={**clean, "SCA_LMS_DATA_DIR": str(directory), "SCA_LMS_LOG_LEVEL": "error"},
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


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
    """Ask until the server answers; it says nothing when it is ready."""
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
        assert process.wait(PATIENCE_SECONDS) == 0


def test_the_worker_has_nothing_left_on_an_empty_database(installation: Path) -> None:
    with running(installation, "worker", "--drain") as process:
        assert process.wait(PATIENCE_SECONDS) == 0
