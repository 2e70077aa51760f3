"""Tell Prometheus how sending goes, from the database: so the figures hold for all workers on all machines.

Counters grow with what workers write down; gauges are worked out when somebody asks. A worker needs no
port of its own, and nothing is lost when one is restarted.
"""

from collections.abc import Iterator

import sqlalchemy as sa
import structlog
from flask import Flask
from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError

from sca_lms import clock
from sca_lms.database import db
from sca_lms.grades import outbox
from sca_lms.grades.models import Delivery, HostColumn, Tally
from sca_lms.grades.rules import UNSENT, State
from sca_lms.lti.models import AccessToken
from sca_lms.web.metrics import STORED

log = structlog.get_logger(__name__)


def init_app(app: Flask) -> None:
    """Show the figures of sending at /metrics."""
    app.extensions.setdefault(STORED, []).append(GradeFigures())


class GradeFigures(Collector):
    """The figures of sending; use it in an application context."""

    def collect(self) -> Iterator[Metric]:
        """Yield the figures; none while the database is away, which /readyz tells."""
        try:
            yield from [_deliveries(), *_outstanding(), _tokens(), _comparisons()]
        except SQLAlchemyError:
            log.warning("metrics.database-away")


def _deliveries() -> Metric:
    family = CounterMetricFamily(
        "sca_lms_grade_deliveries",
        "Attempts to bring a score to a host, by outcome",
        labels=("outcome", "reason"),
    )
    for tally in db.session.scalars(sa.select(Tally).execution_options(populate_existing=True)):
        family.add_metric([tally.outcome.value, tally.reason], tally.count)
    return family


def _outstanding() -> Iterator[Metric]:
    wanted = outbox.sendable().subquery()
    rows = db.session.execute(
        sa.select(Delivery.state, sa.func.count(), sa.func.min(Delivery.next_try_at))
        .where(Delivery.score_id.in_(sa.select(wanted.c.score_id)))
        .group_by(Delivery.state)
    ).all()
    counts = {state: (count, first) for state, count, first in rows}
    family = GaugeMetricFamily(
        "sca_lms_grades_outstanding", "Scores that a host has still to be told", labels=("state",)
    )
    for state in sorted(UNSENT):
        family.add_metric([state.value], counts.get(state, (0, None))[0])
    yield family
    first_due = counts.get(State.DUE, (0, None))[1]
    age = max((clock.now() - first_due).total_seconds(), 0.0) if first_due is not None else 0.0
    yield GaugeMetricFamily(
        "sca_lms_grades_oldest_due_seconds", "For how long the oldest due score could have been sent", age
    )


def _tokens() -> Metric:
    asked = db.session.scalar(sa.select(sa.func.coalesce(sa.func.sum(AccessToken.requests), 0))) or 0
    return CounterMetricFamily("sca_lms_access_token_requests", "Access tokens asked of hosts", asked)


def _comparisons() -> Metric:
    failing = db.session.scalar(
        sa.select(sa.func.count()).where(
            HostColumn.comparison_failures > 0, HostColumn.line_item_url.is_not(None)
        )
    )
    return GaugeMetricFamily(
        "sca_lms_grade_comparisons_failing",
        "Columns whose last comparison with the host failed",
        failing or 0,
    )
