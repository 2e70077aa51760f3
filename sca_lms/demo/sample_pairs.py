"""Put the sample ambassadors together with the captains, agencies and areas of the programme file.

One of them had another captain in the first weeks, so that a history can be seen.
"""

import datetime as dt
from collections.abc import Mapping, Sequence

from sca_lms.courses.models import Enrolment
from sca_lms.demo.cohort import Cohort
from sca_lms.projects import operations
from sca_lms.projects.models import AgencyKind, Pair
from sca_lms.texts import Bilingual

REPLACED = 4
"""The place in the list of the pair whose captain was replaced."""
WITH_THE_FIRST = dt.timedelta(days=10)


def pair_up(
    cohort: Cohort,
    captains: Sequence[Enrolment],
    document: Mapping[str, object],
    *,
    begins_at: dt.datetime,
    at: dt.datetime,
) -> list[Pair]:
    """Make a pair of each sample ambassador and captain, as the programme's office would."""
    section = document.get("sample_cohort")
    listed = section.get("pairs") if isinstance(section, Mapping) else None
    made: list[Pair] = []
    sample = zip(listed if isinstance(listed, list) else [], cohort.learners, captains, strict=False)
    for place, (described, ambassador, captain) in enumerate(sample):
        first = captains[place + 1] if place == REPLACED and place + 1 < len(captains) else captain
        pair = _make(cohort, described, ambassador, first, begins_at=begins_at, at=at)
        if first is not captain:
            operations.replace_captain(
                cohort.course,
                pair,
                captain,
                reason="ย้ายไปประจำจังหวัดอื่น",
                person_id=cohort.instructor.person_id,
                from_at=min(at, begins_at + WITH_THE_FIRST),
                at=at,
            )
        made.append(pair)
    return made


def _make(
    cohort: Cohort,
    described: Mapping[str, object],
    ambassador: Enrolment,
    captain: Enrolment,
    *,
    begins_at: dt.datetime,
    at: dt.datetime,
) -> Pair:
    course, code, by = cohort.course, str(described["id"]), cohort.instructor.person_id
    area = operations.put_area(
        course, None, code=code, title=Bilingual("", ""), province=Bilingual.of(described.get("province")),
        group=str(described.get("group", "")), person_id=by, at=at,
    )  # fmt: skip
    agency = operations.put_agency(
        course, None, code=code, title=Bilingual.of(described.get("agency")), kind=AgencyKind.PUBLIC,
        person_id=by, at=at,
    )  # fmt: skip
    project = described.get("project")
    return operations.make_pair(
        course, code, ambassador, captain=captain, area=area, agency=agency,
        dimension=str(project.get("dimension", "")) if isinstance(project, Mapping) else "",
        person_id=by, begins_at=begins_at, at=at,
    )  # fmt: skip
