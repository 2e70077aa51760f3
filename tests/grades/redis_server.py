"""Start a throw-away Redis on a free port of this machine; it keeps nothing and never touches another one."""

import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

PROGRAM = "redis-server"
READY = "Ready to accept connections"
TRIES = 5


def is_installed() -> bool:
    """Tell whether this machine can run one."""
    return shutil.which(PROGRAM) is not None


@contextmanager
def redis_server(port: int = 0) -> Iterator[int]:
    """Run a Redis until the end of the block; yields its port."""
    with tempfile.TemporaryDirectory(prefix="sca-redis-") as directory:
        process, taken = _started(directory, port)
        try:
            yield taken
        finally:
            process.kill()
            process.communicate()


def _started(directory: str, wanted: int) -> tuple["subprocess.Popen[str]", int]:
    """Start one; a port that somebody else takes in that very moment is exchanged for another."""
    said = ""
    for _ in range(TRIES):
        port = wanted or free_port()
        command = [
            PROGRAM, "--bind", "127.0.0.1", "--port", str(port), "--dir", directory, "--save", "",
            "--appendonly", "no", "--daemonize", "no",
        ]  # fmt: skip
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        assert process.stdout is not None
        for line in process.stdout:
            said += line
            if READY in line:
                return process, port
        process.communicate()
    raise RuntimeError(f"{PROGRAM} does not start: {said}")


def free_port() -> int:
    """Return a port at which nobody listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    assert isinstance(port, int)
    return port
