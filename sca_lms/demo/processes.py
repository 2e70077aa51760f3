"""Run the demo's processes together: all of them, until one ends or somebody says stop."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from types import FrameType

import click
import requests

from sca_lms.demo.directory import DemoRefused

START_SECONDS = 180
STOP_SECONDS = 30
LOOK_EVERY_SECONDS = 0.3
STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

Process = subprocess.Popen[bytes]


def run(
    commands: Sequence[Sequence[str]],
    environment: Mapping[str, str],
    *,
    answering: Sequence[str],
    ready: Callable[[], None],
) -> None:
    """Start the commands, call `ready` once all these addresses answer, and stay until a signal to stop.

    A second signal ends everything at once. Raises `DemoRefused` when a process ends by itself.
    """
    stop = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in STOPS:
        signal.signal(number, end)
    running: list[Process] = []
    try:
        # One after the other into the list, so that those which run are ended when one cannot start.
        for command in commands:
            process = _start(command, environment)
            running.append(process)
        if _all_answer(answering, running, stop):
            ready()
        while not stop.wait(LOOK_EVERY_SECONDS):
            if _has_ended(running):
                raise DemoRefused("One of the demo's processes has ended; its last lines stand above.")
    finally:
        if stop.is_set():
            click.echo("Stopping …", err=True)
        stop.clear()
        _end(running, hurry=stop)


def _start(command: Sequence[str], environment: Mapping[str, str]) -> Process:
    return subprocess.Popen(  # noqa: S603 - Our own program.
        command,
        env={**os.environ, **environment},
        stdout=subprocess.DEVNULL,
        # Ctrl+C at the terminal is for us alone: we tell the others to stop, in peace.
        start_new_session=True,
    )


def _all_answer(addresses: Sequence[str], running: Sequence[Process], stop: threading.Event) -> bool:
    patience = time.monotonic() + START_SECONDS
    waiting = list(addresses)
    with requests.Session() as browser:
        browser.trust_env = False
        while waiting and not stop.is_set():
            if _has_ended(running) or time.monotonic() > patience:
                raise DemoRefused("The demo could not be started; the last lines above say why.")
            try:
                browser.get(waiting[0], timeout=2).raise_for_status()
                waiting.pop(0)
            except requests.RequestException:
                stop.wait(LOOK_EVERY_SECONDS)
    return not waiting


def _has_ended(running: Sequence[Process]) -> bool:
    return any(process.poll() is not None for process in running)


def _end(running: Sequence[Process], *, hurry: threading.Event) -> None:
    """Let the processes end in peace for a while; somebody who says stop again does not want to wait."""
    for process in running:
        process.terminate()
    patience = time.monotonic() + STOP_SECONDS
    while any(process.poll() is None for process in running):
        if hurry.wait(LOOK_EVERY_SECONDS) or time.monotonic() > patience:
            break
    for process in running:
        if process.poll() is None:
            # Each leads a group of its own, so its children go with it.
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
