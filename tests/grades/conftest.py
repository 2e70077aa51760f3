"""The same course in hosts of three kinds, and a browser of its staff."""

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from sca_lms.demo.personalities import CANVAS, MOODLE, OPENEDX
from tests.grades.console_desk import a_browser
from tests.grades.world import World, running


@pytest.fixture
def moodle(app: Flask) -> Iterator[World]:
    with running(MOODLE) as host:
        yield World(app, host)


@pytest.fixture
def canvas(app: Flask) -> Iterator[World]:
    with running(CANVAS) as host:
        yield World(app, host)


@pytest.fixture
def openedx(app: Flask) -> Iterator[World]:
    with running(OPENEDX) as host:
        yield World(app, host)


@pytest.fixture(params=[MOODLE, CANVAS, OPENEDX], ids=lambda kind: str(kind.name))
def anywhere(request: pytest.FixtureRequest, app: Flask) -> Iterator[World]:
    with running(request.param) as host:
        yield World(app, host)


@pytest.fixture
def staff(moodle: World) -> FlaskClient:
    return a_browser(moodle)
