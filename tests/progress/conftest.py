"""A course that follows the sample programme."""

from pathlib import Path

import pytest
from flask import Flask

from sca_lms import clock
from sca_lms.courses import programmes
from sca_lms.database import transaction
from sca_lms.programmes import programme_file
from tests.builders import a_course

SAMPLE = Path(__file__).parent.parent.parent / "programmes" / "sca-gen2.yaml"


@pytest.fixture
def course_id(app: Flask) -> int:
    """The id of a course that follows the sample programme and has no people yet."""
    document = programme_file.check(SAMPLE.read_bytes()).document
    with app.app_context(), transaction():
        course = a_course()
        stored = programmes.store_programme(document, at=clock.now())
        appliers = app.extensions["sca_programme_appliers"]
        programmes.use_programme(course, stored, appliers, person_id=None, at=clock.now())
        return course.id
