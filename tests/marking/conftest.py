"""One work to be marked, in an open application context."""

from collections.abc import Iterator

import pytest
from flask import Flask

from tests.marking.room import Room, a_room


@pytest.fixture
def room(app: Flask) -> Iterator[Room]:
    found = a_room(app)
    with app.app_context():
        yield found
