"""Tell on a terminal how much a drain still has to send."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from flask import Flask
from sqlalchemy.exc import OperationalError

from sca_lms.grades import queries

EVERY_SECONDS = 2.0


@contextmanager
def shown(app: Flask, terminal: TextIO, *, every: float = EVERY_SECONDS) -> Iterator[None]:
    """Write every so many seconds how many scores are left; a file or a pipe gets nothing."""
    if not terminal.isatty():
        yield
        return
    done = threading.Event()

    def tell() -> None:
        while not done.wait(every):
            try:
                with app.app_context():
                    left = queries.outstanding().count
            except OperationalError:
                # The database is busy for a moment; the next look tells.
                continue
            terminal.write(f"\rScores left: {left}      ")
            terminal.flush()

    thread = threading.Thread(target=tell, name="drain-progress", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
        terminal.write("\n")
        terminal.flush()
