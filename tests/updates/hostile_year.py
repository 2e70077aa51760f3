"""An area, an agency, a reflection and a file of an update, for those who try every address."""

import datetime as dt
from collections.abc import Sequence

from sca_lms.courses.models import Course, Enrolment
from sca_lms.projects import operations as pairs
from sca_lms.projects.models import AgencyKind
from sca_lms.texts import Bilingual
from sca_lms.updates import queries, reflecting


def places_and_reflections(
    course: Course, learners: Sequence[Enrolment], *, at: dt.datetime
) -> dict[str, Sequence[object]]:
    """Leave one of everything beside the updates that the programme brought."""
    words = Bilingual("น่าน", "Nan")
    area = pairs.put_area(
        course, None, code="H1", title=words, province=words, group="N", person_id=None, at=at
    )
    agency = pairs.put_agency(
        course, None, code="H1", title=words, kind=AgencyKind.PUBLIC, person_id=None, at=at
    )
    first = queries.updates_of(course.id)[0]
    handed_in = [reflecting.hand_in(first, each, "ก", row_version=0, at=at) for each in learners]
    return {
        "area_id": [area.id],
        "agency_id": [agency.id],
        "reflection_id": [each.id for each in handed_in],
    }
