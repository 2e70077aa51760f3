"""Shell commands for hours: award some, and check every chain of the ledger."""

import json
import sys

import click
from flask.cli import with_appcontext

from sca_lms import clock
from sca_lms.attendance import queries as attendance
from sca_lms.bootcamp import account_queries, awards, ledger_audit
from sca_lms.database import transaction
from sca_lms.lti.cli_directory import named_course, named_person

MOST_MINUTES = 100_000
LONGEST_REASON = 1_000


@click.group("hours")
def hours_group() -> None:
    """Look after the ledgers of hours."""


@hours_group.command("award")
@click.argument("course_id", metavar="COURSE", type=int)
@click.argument("who", metavar="PERSON")
@click.option("--minutes", required=True, type=click.IntRange(1, MOST_MINUTES), help="How many.")
@click.option("--category", "code", required=True, help="The code of the area, such as KNO.")
@click.option("--reason", required=True, help="Why; it stands in the ledger for good.")
@with_appcontext
def award(course_id: int, who: str, minutes: int, code: str, reason: str) -> None:
    """Award minutes to PERSON, an id, a `sub` or an e-mail address; prints the entry as JSON."""
    course, learner = named_course(course_id), named_person(course_id, who)
    reason = " ".join(reason.split())
    if not reason or len(reason) > LONGEST_REASON:
        raise click.UsageError(f"--reason must say something in at most {LONGEST_REASON} characters.")
    category = account_queries.find_category(course_id, code)
    if category is None:
        known = ", ".join(each.code for each in attendance.categories(course_id))
        raise click.ClickException(
            f"Course {course_id} has no category {code!r}; it has {known or 'none at all'}."
        )
    with transaction():
        entry = awards.award_by_operator(
            course, learner, category, minutes, reason=reason,
            policy=account_queries.newest_policy(course_id), at=clock.now(),
        )  # fmt: skip
        total = attendance.balances([learner.id])[learner.id][category.id]
    click.echo(
        json.dumps(
            {
                "course": course_id, "person": learner.person_id, "number": entry.number,
                "category": code, "minutes": minutes, "category_minutes": total, "reason": reason,
                "hash": entry.hash,
            },
            ensure_ascii=False,
        )
    )  # fmt: skip


@hours_group.command("verify")
@click.argument("course_id", metavar="[COURSE]", type=int, required=False)
@with_appcontext
def verify(course_id: int | None) -> None:
    """Recompute the hash chain of every ledger; exits with 1 and names the people whose chain is broken."""
    if course_id is not None:
        named_course(course_id)
    number = ledger_audit.count_ledgers(course_id)
    entries, faults = 0, []
    with click.progressbar(
        ledger_audit.ledgers(course_id), length=number, file=sys.stderr, hidden=not sys.stderr.isatty()
    ) as shown:
        for ledger in shown:
            entries += len(ledger.lines)
            fault = ledger.fault()
            if fault is not None:
                faults.append(f"course {ledger.course_id}, person {ledger.person_id}: {fault}")
    for line in faults:
        click.echo(line)
    if faults:
        raise click.ClickException(f"{len(faults)} of {number} ledgers are not sound.")
    click.echo(f"{number} ledgers with {entries} entries are unbroken.")
