"""The tool in front of one host; most stories play at a Moodle."""

from collections.abc import Iterator

import pytest
import time_machine
from flask import Flask

from tests.journeys.stage import FIRST_CLASS, Stage, running


@pytest.fixture(autouse=True)
def evening_of_the_first_class() -> Iterator[None]:
    with time_machine.travel(FIRST_CLASS, tick=True):
        yield


@pytest.fixture
def stage(app: Flask) -> Iterator[Stage]:
    """A Moodle and the tool, which know each other; no course has been opened yet."""
    with running(app) as opened:
        opened.connect()
        yield opened
