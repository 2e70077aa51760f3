"""The clock stands still, and one quiz of two questions is open."""

from collections.abc import Iterator

import pytest
import time_machine
from flask import Flask

from tests.assessments.builders import LAW, NINE, YEARS
from tests.assessments.places import Place, open_place


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NINE, tick=False) as travelled:
        yield travelled


@pytest.fixture
def place(app: Flask, clock: time_machine.Traveller) -> Place:
    return open_place(app, questions=(("Q1", YEARS), ("Q2", LAW)))
