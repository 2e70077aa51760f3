"""Works to be marked: one in an open application context, or on the desks of people with browsers."""

from collections.abc import Iterator

import pytest
import time_machine
from flask import Flask

from tests.marking.desk import AT, Desk, a_desk
from tests.marking.room import Room, a_room


@pytest.fixture
def room(app: Flask) -> Iterator[Room]:
    found = a_room(app)
    with app.app_context():
        yield found


@pytest.fixture
def desk(app: Flask) -> Iterator[Desk]:
    with time_machine.travel(AT, tick=False):
        yield a_desk(app)
