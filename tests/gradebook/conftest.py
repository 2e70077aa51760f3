"""The course that the tests of the gradebook share."""

import pytest
from flask import Flask

from tests.gradebook.house import House


@pytest.fixture
def house(app: Flask) -> House:
    return House(app)
