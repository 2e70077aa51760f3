"""The course that the tests of updates share."""

import pytest
from flask import Flask

from tests.updates.house import House, a_house


@pytest.fixture
def house(app: Flask) -> House:
    """A course with the twelve updates of the sample programme."""
    return a_house(app)
