"""Whoever drains at a terminal sees how much is left; a file gets nothing."""

import io
import threading

from sca_lms.grades import drain_progress
from tests.grades.world import World


class Screen(io.StringIO):
    """A terminal that tells when something was written on it."""

    def __init__(self) -> None:
        super().__init__()
        self.told = threading.Event()

    def isatty(self) -> bool:
        return True

    def write(self, text: str) -> int:
        written = super().write(text)
        self.told.set()
        return written


def test_a_terminal_is_told_how_many_scores_are_left(moodle: World) -> None:
    moodle.mark("31", "40")
    moodle.mark("32", "50")
    moodle.recompute()
    screen = Screen()
    with drain_progress.shown(moodle.app, screen, every=0.01):
        assert screen.told.wait(20)
    assert "Scores left: 2" in screen.getvalue()
    assert screen.getvalue().endswith("\n")


def test_a_file_is_told_nothing(moodle: World) -> None:
    file = io.StringIO()
    with drain_progress.shown(moodle.app, file, every=0.01):
        pass
    assert file.getvalue() == ""
