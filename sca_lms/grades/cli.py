"""Shell commands: the worker, and what became of everybody's scores."""

import datetime as dt
import json
import signal
import sys
import threading
from collections.abc import Iterator, Mapping
from decimal import Decimal
from types import FrameType

import click
from flask import Flask, g
from flask.cli import ScriptInfo, with_appcontext

from sca_lms import clock
from sca_lms.courses.models import Enrolment
from sca_lms.database import transaction
from sca_lms.errors import Refused
from sca_lms.grades import decisions, drain_progress, overview, queries, reconcile, worker
from sca_lms.grades.models import Delivery
from sca_lms.grades.queries import StatusRow
from sca_lms.grades.rules import State
from sca_lms.grades.words import REASONS
from sca_lms.lti.ags import json_number
from sca_lms.lti.cli_directory import named_course, named_person

WIDTHS = (24, 14, 6, 10)
BEHIND = (
    "Not worked out yet: something happened since the last turn of the worker. Is `sca-lms worker` running?"
)


@click.command("worker")
@click.option(
    "--drain", is_flag=True, help="Do all that is due now and exit: 0 nothing is left, 3 something waits."
)
@click.pass_context
def worker_command(context: click.Context, drain: bool) -> None:
    """Send due grades and do what has to be done from time to time, in the foreground."""
    app: Flask = context.ensure_object(ScriptInfo).load_app()
    stop = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    if drain:
        with drain_progress.shown(app, sys.stderr):
            code = worker.run(app, stop, drain=True)
    else:
        code = worker.run(app, stop, drain=False)
    if code:
        context.exit(code)


@click.group("grades")
def grades_group() -> None:
    """Look after what the hosts' gradebooks have."""


@grades_group.command("status")
@click.argument("course_id", metavar="[COURSE]", type=int, required=False)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
@with_appcontext
def status(course_id: int | None, as_json: bool) -> None:
    """Say for each person and column what became of the score, and why."""
    _in_english()
    if course_id is not None:
        named_course(course_id)
    for row in queries.status_rows(course_id):
        click.echo(json.dumps(_as_json(row), ensure_ascii=False) if as_json else _as_line(row))


@grades_group.command("why")
@click.argument("course_id", metavar="COURSE", type=int)
@click.argument("who", metavar="PERSON")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
@with_appcontext
def why(course_id: int, who: str, as_json: bool) -> None:
    """Tell the whole story of one person's scores; PERSON is an id, a `sub` or an e-mail address."""
    _in_english()
    enrolment = named_person(course_id, who)
    for row in queries.person_status(enrolment):
        click.echo(json.dumps(_as_json(row), ensure_ascii=False) if as_json else _as_line(row))
    for fact in _facts(enrolment):
        if as_json:
            click.echo(json.dumps(fact, ensure_ascii=False))
        else:
            click.echo("  " + "  ".join(str(value) for value in fact.values() if value not in {None, ""}))


@grades_group.command("reconcile")
@click.argument("course_id", metavar="[COURSE]", type=int, required=False)
@with_appcontext
def reconcile_now(course_id: int | None) -> None:
    """Compare with the hosts now; prints one JSON object for each column."""
    _in_english()
    if course_id is not None:
        named_course(course_id)
    for comparison in reconcile.reconcile(course_id, now=clock.now):
        click.echo(
            json.dumps(
                {
                    "course": comparison.course_id,
                    "column": comparison.column,
                    "matched": comparison.counts.get(State.DELIVERED, 0),
                    "changed": comparison.counts.get(State.CHANGED, 0),
                    "missing": comparison.counts.get(State.MISSING, 0),
                    "kept": comparison.counts.get(State.KEPT, 0),
                    "failure": str(REASONS[comparison.failure]) if comparison.failure else None,
                    "detail": comparison.detail,
                },
                ensure_ascii=False,
            )
        )


@grades_group.command("send-again")
@click.argument("course_id", metavar="COURSE", type=int)
@click.argument("who", metavar="[PERSON]", required=False)
@click.option("--recreate", is_flag=True, help="Also make columns anew that were deleted in the host.")
@click.option("--overwrite", is_flag=True, help="Also send over what a teacher changed; needs PERSON.")
@with_appcontext
def send_again(course_id: int, who: str | None, recreate: bool, overwrite: bool) -> None:
    """Send again what was refused or lost in the host; for one PERSON also what was taken back."""
    if overwrite and not who:
        raise click.UsageError("--overwrite needs a PERSON: what a teacher changed is looked at one by one.")
    course = named_course(course_id)
    enrolment = named_person(course_id, who) if who else None
    at = clock.now()
    with transaction():
        if recreate:
            for column in queries.columns_gone(course_id):
                decisions.recreate_column(column, by=None, at=at)
        if enrolment is None:
            count = decisions.send_all_again(course, by=None, at=at)
        else:
            count = sum(
                _send_one_again(delivery, overwrite=overwrite, at=at)
                for delivery in overview.deliveries_of(enrolment)
            )
    click.echo(f"Scores asked for: {count}. The worker sends them from now on.")


@grades_group.command("withdraw")
@click.argument("course_id", metavar="COURSE", type=int)
@click.argument("who", metavar="PERSON")
@click.argument("column", metavar="COLUMN")
@with_appcontext
def withdraw(course_id: int, who: str, column: str) -> None:
    """Take one score back from the host; it is only sent again when somebody says so."""
    _in_english()
    enrolment = named_person(course_id, who)
    with transaction():
        found = [each for each in overview.deliveries_of(enrolment) if each.score.column.code == column]
        if not found:
            raise click.ClickException(f"There is no score in {column!r}; see `sca-lms grades status`.")
        try:
            decisions.withdraw(found[0], by=None, at=clock.now())
        except Refused as refusal:
            raise click.ClickException(str(refusal)) from refusal
    for warning in queries.withdrawal_warnings(course_id):
        click.echo(str(warning))
    click.echo("The worker takes it back from now on.")


def _send_one_again(delivery: Delivery, *, overwrite: bool, at: dt.datetime) -> bool:
    if delivery.score.value is None:
        return False
    if overwrite and delivery.state in {State.CHANGED, State.KEPT}:
        return decisions.overwrite_host_change(delivery, by=None, at=at)
    return decisions.send_again(delivery, by=None, at=at)


def _in_english() -> None:
    """Answer operators in the language of the rest of the shell."""
    g.locale_choice = "en"


def _as_json(row: StatusRow) -> Mapping[str, object]:
    delivery = row.delivery
    return {
        "course": row.enrolment.course_id,
        "id": row.enrolment.person_id,
        "name": row.enrolment.person.full_name,
        "sub": row.subjects[0] if row.subjects else None,
        "column": row.column.code,
        "state": delivery.state.value,
        "reason": _reason(row),
        "code": delivery.reason.value if delivery.reason else None,
        "detail": delivery.detail,
        "value": _number(delivery.value),
        "maximum": _number(delivery.maximum),
        "delivered_value": _number(delivery.delivered_value),
        "delivered_at": delivery.delivered_at.isoformat() if delivery.delivered_at else None,
        "next_try_at": delivery.next_try_at.isoformat() if delivery.next_try_at else None,
        "host_value": _number(delivery.host_value),
    }


def _reason(row: StatusRow) -> str:
    """Say why; a score that the worker has not looked at since is no score that nobody reached."""
    if row.is_behind and row.delivery.state is State.NOTHING:
        return BEHIND
    return str(row.delivery.words)


def _as_line(row: StatusRow) -> str:
    subject = row.subjects[0] if row.subjects else "-"
    cells = (row.enrolment.person.full_name or "-", subject, row.column.code, row.delivery.state.value)
    shown = [cell.ljust(width) for cell, width in zip(cells, WIDTHS, strict=True)]
    value = (
        "-"
        if row.delivery.value is None
        else f"{_number(row.delivery.value)}/{_number(row.delivery.maximum)}"
    )
    detail = f" ({row.delivery.detail})" if row.delivery.detail else ""
    return f"{'  '.join(shown)}  {value.ljust(10)}  {_reason(row)}{detail}"


def _facts(enrolment: Enrolment) -> Iterator[Mapping[str, object]]:
    for place in queries.host_columns_of(enrolment.course_id):
        yield {
            "fact": "column",
            "column": place.column.code,
            "platform": place.context.platform.name,
            "address": place.line_item_url or place.gone_url,
            "gone_at": place.gone_at.isoformat() if place.gone_at else None,
        }
    for code, (score, delivery) in queries.scores_of(enrolment).items():
        yield {
            "fact": "score",
            "column": code,
            "value": _number(score.value),
            "revision": score.revision,
            "computed_at": score.computed_at.isoformat(),
            "evidence_revision": score.evidence_revision,
            "delivered_revision": delivery.delivered_revision,
            "failures": delivery.failures,
            "last_timestamp": delivery.last_timestamp.isoformat() if delivery.last_timestamp else None,
        }
    for entry in queries.story(enrolment):
        yield {
            "fact": "event",
            "at": entry.at.isoformat(),
            "column": entry.score.column.code,
            "state": entry.state.value,
            "reason": str(REASONS[entry.reason]) if entry.reason else None,
            "detail": entry.detail,
            "value": _number(entry.value),
            "timestamp": entry.timestamp.isoformat() if entry.timestamp else None,
        }


def _number(value: Decimal | None) -> int | float | None:
    return None if value is None else json_number(value)
