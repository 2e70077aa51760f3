"""The demo's processes live and end together; Ctrl+C at a terminal is for the one in front alone."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

PATIENCE = 60
PARENT = """
import sys
from sca_lms.demo import processes
from sca_lms.errors import Refused
try:
    commands = [[sys.executable, "-c", text] for text in sys.argv[1:]]
    processes.run(commands, {}, answering=[], ready=lambda: None)
except Refused as refusal:
    print("refused:", refusal, flush=True)
"""
OBEDIENT = """
import os, signal, sys
def on(number, word):
    def say(*_):
        os.write(2, (word + "\\n").encode())
        if number == signal.SIGTERM:
            sys.exit(0)
    signal.signal(number, say)
on(signal.SIGINT, "interrupted")
on(signal.SIGTERM, "told to stop")
os.write(2, b"up\\n")
while True:
    signal.pause()
"""
DEAF = """
import os, signal
signal.signal(signal.SIGTERM, lambda *_: os.write(2, b"no\\n"))
os.write(2, b"up\\n")
while True:
    signal.pause()
"""
FRAIL = """
import os, signal
os.write(2, f"{os.getpid()}\\n".encode())
signal.pause()
"""


@contextmanager
def parent_of(*children: str) -> Iterator["subprocess.Popen[str]"]:
    """Run a parent in a group of its own, as a terminal does; all say what they say into one pipe."""
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, *children],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as parent:
        killer = threading.Timer(PATIENCE, parent.kill)
        killer.start()
        try:
            yield parent
        finally:
            killer.cancel()
            parent.kill()


def lines(parent: "subprocess.Popen[str]", count: int) -> list[str]:
    assert parent.stdout
    return [parent.stdout.readline().strip() for _ in range(count)]


def test_ctrl_c_reaches_the_parent_which_tells_the_others() -> None:
    with parent_of(OBEDIENT, OBEDIENT) as parent:
        assert lines(parent, 2) == ["up", "up"]
        os.killpg(parent.pid, signal.SIGINT)
        assert lines(parent, 3) == ["Stopping …", "told to stop", "told to stop"]
        assert parent.wait(PATIENCE) == 0
        assert lines(parent, 1) == [""]


def test_whoever_does_not_stop_is_ended_by_a_second_ctrl_c() -> None:
    with parent_of(DEAF) as parent:
        assert lines(parent, 1) == ["up"]
        os.killpg(parent.pid, signal.SIGINT)
        assert lines(parent, 2) == ["Stopping …", "no"]
        os.killpg(parent.pid, signal.SIGINT)
        assert parent.wait(PATIENCE) == 0


def test_when_one_ends_by_itself_the_others_are_ended_and_somebody_is_told() -> None:
    with parent_of(OBEDIENT, FRAIL) as parent:
        number, up = sorted(lines(parent, 2))
        assert up == "up"
        os.kill(int(number), signal.SIGKILL)
        told, refused = sorted(lines(parent, 2), reverse=True)
        assert told == "told to stop"
        assert refused.startswith("refused: One of the demo's processes has ended")
