"""Run a server in processes of its own, and read from /proc what it costs."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.interop.peers import ROOT, clean_environ

PROC = Path("/proc")
TICKS = os.sysconf("SC_CLK_TCK")
PATIENCE_SECONDS = 90
THREADS = 8


@dataclass(frozen=True)
class Server:
    """A running server: its first process, its port, and processes elsewhere that work for it."""

    pid: int
    port: int
    helpers: Sequence[int] = field(default_factory=tuple)

    def cpu_seconds(self) -> float:
        """Return the processor time, user and system, of all its processes so far."""
        return sum(_ticks(pid) for pid in _family(self.pid, *self.helpers)) / TICKS

    def rss_megabytes(self) -> float:
        """Return the resident memory of its own processes; pages that they share count in each."""
        return sum(_resident(pid) for pid in _family(self.pid)) / 1024


@contextmanager
def running(
    command: Sequence[str],
    port: int,
    *,
    log: Path,
    environ: Mapping[str, str] | None = None,
    cwd: Path = ROOT,
    helpers: Sequence[int] = (),
    ready: str = "",
) -> Iterator[Server]:
    """Run a server until the block ends; raises `RuntimeError` when it does not start to listen.

    `ready` is a word that a server prints which listens before it can be used.
    """
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=cwd,
            env={**clean_environ(), **(environ or {})},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        _wait_for(process, port, log, ready)
        yield Server(process.pid, port, helpers)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            # The group is the one that was made for it above.
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def gunicorn(python: Path, application: str, port: int) -> list[str]:
    """Return the command that serves a WSGI application as the tool serves itself."""
    command = [str(python), "-m", "gunicorn", application, "--bind", f"127.0.0.1:{port}", "--workers", "1"]
    return [
        *command, "--worker-class", "gthread", "--threads", str(THREADS), "--keep-alive", "5",
        "--log-level", "warning",
    ]  # fmt: skip


def free_port() -> int:
    """Return a port on which nobody listens at the moment."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
    return port


def _wait_for(process: subprocess.Popen[bytes], port: int, log: Path, ready: str) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end and process.poll() is None:
        with socket.socket() as probe:
            listens = probe.connect_ex(("127.0.0.1", port)) == 0
        if listens and ready in log.read_text(encoding="utf-8", errors="replace"):
            return
        time.sleep(0.1)
    raise RuntimeError(
        f"the server did not start: {log.read_text(encoding='utf-8', errors='replace')[-2000:]}"
    )


def _family(*roots: int) -> list[int]:
    """Return these processes and all their descendants."""
    children: dict[int, list[int]] = {}
    for entry in PROC.iterdir():
        if entry.name.isdigit() and (stat := _stat(int(entry.name))):
            children.setdefault(int(stat[1]), []).append(int(entry.name))
    found: list[int] = []
    waiting = list(roots)
    while waiting:
        pid = waiting.pop()
        found.append(pid)
        waiting += children.get(pid, [])
    return found


def _stat(pid: int) -> list[str]:
    """Return the fields of a process from its state on; none when it has ended."""
    try:
        text = (PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    return text.rpartition(")")[2].split()


def _ticks(pid: int) -> int:
    """Return user and system time, with that of children that have ended and were waited for."""
    stat = _stat(pid)
    return sum(int(value) for value in stat[11:15]) if stat else 0


def _resident(pid: int) -> int:
    try:
        status = (PROC / str(pid) / "status").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS:")), 0)
