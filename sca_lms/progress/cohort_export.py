"""Write the list of learners as a table for spreadsheets, everybody whom a filter finds."""

import datetime as dt
from collections.abc import Iterator, Sequence
from itertools import islice

from flask_babel import gettext as _

from sca_lms.bootcamp.pace_views import WORDS as PACE_WORDS
from sca_lms.courses.models import Course
from sca_lms.courses.queries import dimensions_in
from sca_lms.grades.queries import columns_of
from sca_lms.guidance.words import reason_words
from sca_lms.modules import queries as modules
from sca_lms.progress import cohort_queries
from sca_lms.progress.cohort_filters import Wanted
from sca_lms.progress.cohort_queries import CohortRow
from sca_lms.progress.queries import ScoreLine, scores_of
from sca_lms.web import formats
from sca_lms.web.exports import Cell

BATCH = 500


def table(course: Course, wanted: Wanted, *, at: dt.datetime) -> tuple[list[str], Iterator[list[Cell]]]:
    """Return the head of the table, and its rows a batch at a time."""
    header = [
        _("Name"), _("Group"), _("Area"), _("Province"), _("Dimension"),
        _("Noticed because"), _("Pace"),
        _("Modules complete"), _("Units complete"), _("Progress, percent"),
        _("Hours, minutes credited"), _("Hours, minutes so far"), _("Hours, minutes within reach"),
        _("Mentoring, minutes that count"), _("Mentoring, meetings that count"), _("Last meeting"),
        _("Updates that count"), _("Updates held"),
        _("Assignments that are late"), _("Total of everything, percent"), _("Last sign"),
    ]  # fmt: skip
    for module in modules.outline(course.id):
        header += [
            _("%(module)s progress, percent", module=module.code),
            _("%(module)s grade, percent", module=module.code),
        ]
    for column in columns_of(course.id):
        header += [column.code, _("%(column)s in the host's gradebook", column=column.code)]
    return header, _rows(course, wanted, at=at)


def _rows(course: Course, wanted: Wanted, *, at: dt.datetime) -> Iterator[list[Cell]]:
    titles = {each.code: formats.plain(each.title) for each in dimensions_in(course.id)}
    found = cohort_queries.all_rows(course, wanted, at=at)
    while batch := list(islice(found, BATCH)):
        scores = scores_of(course.id, [row.enrolment.id for row in batch])
        for row in batch:
            yield [*_figures(row, titles), *_marks(row, scores[row.enrolment.id])]


def _figures(row: CohortRow, titles: dict[str, str]) -> list[Cell]:
    known, pair = row.known, row.pair
    area = pair.area if pair else None
    return [
        row.enrolment.person.full_name or _("(no name)"),
        row.enrolment.group,
        row.enrolment.area,
        formats.plain(area.province) if area else "",
        titles.get(pair.dimension, pair.dimension) if pair else "",
        " ".join(reason_words(each) for each in row.reasons),
        str(PACE_WORDS[row.pace]) if row.pace else "",
        known.modules.modules_done,
        known.modules.units_done,
        known.modules.progress_percent,
        known.hours.standing.total if known.hours else None,
        known.hours.elapsed_minutes if known.hours else None,
        known.hours.outlook.reachable if known.hours else None,
        known.mentoring.counted,
        known.mentoring.sessions,
        formats.moment(known.mentoring.last_met_at, "short") if known.mentoring.last_met_at else "",
        known.updates.counted,
        known.updates_held,
        known.work_late,
        row.total.of_everything,
        formats.moment(known.last_sign_at, "short") if known.last_sign_at else "",
    ]


def _marks(row: CohortRow, scores: Sequence[ScoreLine]) -> list[Cell]:
    cells: list[Cell] = []
    for module in row.known.modules.modules:
        cells += [module.progress_percent, module.grade]
    for line in scores:
        cells += [line.delivery.value, str(line.delivery.words)]
    return cells
