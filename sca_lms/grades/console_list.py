"""What the list of scores shows beside its rows: links that filter it, and the same as a file."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from flask import url_for
from flask_babel import gettext as _

from sca_lms.errors import Text
from sca_lms.grades.console import SHOWN_STATES, Console, all_deliveries
from sca_lms.grades.overview import DeliveryFilter, DeliveryRow
from sca_lms.grades.rules import State
from sca_lms.grades.words import STATES
from sca_lms.web.exports import Cell
from sca_lms.web.i18n import wall_time


def kept(wanted: DeliveryFilter) -> dict[str, str]:
    """Return the filter without the search as it stands in addresses, without what is empty."""
    values = {"state": wanted.state.value if wanted.state else "", "column": wanted.column}
    return {name: value for name, value in values.items() if value}


def _address(course_id: int, wanted: DeliveryFilter) -> str:
    return url_for(
        ".deliveries",
        course_id=course_id,
        state=wanted.state.value if wanted.state else None,
        column=wanted.column or None,
        q=wanted.search or None,
    )


def file_address(course_id: int, wanted: DeliveryFilter, kind: str) -> str:
    """Return where the same scores are to be had as a file."""
    return url_for(
        ".export",
        course_id=course_id,
        kind=kind,
        state=wanted.state.value if wanted.state else None,
        column=wanted.column or None,
        q=wanted.search or None,
    )


Filter = tuple[str, Text, int | None, bool]


def state_filters(course_id: int, shown: Console, wanted: DeliveryFilter) -> list[Filter]:
    """Return the states as links with counts; one that nothing is in stays away, unless it is shown."""
    of_column = next((each for each in shown.columns if each.column.code == wanted.column), None)
    counts = of_column.counts if of_column else shown.counts
    total = sum(counts.get(state, 0) for state in SHOWN_STATES)
    everything = (_address(course_id, replace(wanted, state=None)), _("All"), total, wanted.state is None)
    return [everything] + [
        (
            _address(course_id, replace(wanted, state=state)),
            STATES[state],
            counts.get(state, 0),
            wanted.state is state,
        )
        for state in SHOWN_STATES
        if counts.get(state, 0) or wanted.state is state
    ]


def column_filters(course_id: int, shown: Console, wanted: DeliveryFilter) -> list[Filter]:
    """Return the columns as links; a course with one column needs none."""
    links: list[Filter] = [
        (
            _address(course_id, replace(wanted, column=each.column.code)),
            each.column.code,
            None,
            wanted.column == each.column.code,
        )
        for each in shown.columns
    ]
    if len(links) == 1:
        return []
    return [
        (_address(course_id, replace(wanted, column="")), _("All columns"), None, not wanted.column),
        *links,
    ]


def header() -> list[str]:
    """Return the titles of the file's columns."""
    return [
        _("Name"), _("Group"), _("Area"), _("Column"), _("Score"), _("Maximum"), _("State"), _("Reason"),
        _("Score in the LMS"), _("Sent"), _("Read back"), _("Next try"),
    ]  # fmt: skip


def rows(course_id: int, wanted: DeliveryFilter) -> Iterator[list[Cell]]:
    """Yield a line of the file for each score that the filter finds."""
    for row in all_deliveries(course_id, wanted):
        yield _row(row)


def _row(row: DeliveryRow) -> list[Cell]:
    delivery = row.delivery
    return [
        row.enrolment.person.full_name or _("(no name)"),
        row.enrolment.group,
        row.enrolment.area,
        row.column.code,
        _figure(delivery.value),
        _figure(delivery.maximum),
        str(STATES[delivery.state]),
        str(delivery.words) if delivery.reason else "",
        _figure(_shown_in_host(row)),
        _wall(delivery.delivered_at),
        _wall(delivery.confirmed_at),
        _wall(delivery.next_try_at),
    ]


def _shown_in_host(row: DeliveryRow) -> Decimal | None:
    """Return what the host shows as far as we know: a teacher's score, else the one that was delivered."""
    delivery = row.delivery
    if delivery.state in {State.MISSING, State.WITHDRAWN}:
        return None
    return delivery.host_value if delivery.host_value is not None else delivery.delivered_value


def _wall(moment: dt.datetime | None) -> str:
    return f"{wall_time(moment):%Y-%m-%d %H:%M}" if moment else ""


def _figure(value: Decimal | None) -> Decimal | None:
    """Return a score without the zeros that the database puts behind it."""
    return None if value is None else Decimal(f"{value.normalize():f}")
