"""The course that the tests of pairs share."""

import pytest
from flask import Flask

from tests.projects.house import House, a_house


@pytest.fixture
def house(app: Flask) -> House:
    """A course with two learners, two captains to be and a manager."""
    return a_house(app)
