"""Shell commands about one person's data: take it along, or make the person anonymous."""

import json
import sys
from pathlib import Path

import click
from flask.cli import with_appcontext

from sca_lms import clock
from sca_lms.courses.models import Person
from sca_lms.database import db, transaction
from sca_lms.privacy import archive, overview, parting, people, requesting
from sca_lms.privacy.models import PrivacyRequest
from sca_lms.privacy.rules import RequestKind, RequestState, due_at
from sca_lms.uploads.storage import store

LONGEST_REASON = 1_000


@click.group("privacy")
def privacy_group() -> None:
    """Answer for the data of one person: PERSON is an id (`7` or `id:7`), a `sub` or an e-mail address."""


@privacy_group.command("show")
@click.argument("who", metavar="PERSON")
@with_appcontext
def show(who: str) -> None:
    """Print how much of which kind is kept about PERSON as JSON, and what erasure would do with it."""
    person = _named(who)
    _print(
        {
            "person": person.id,
            "kept": [
                {
                    "kind": each.code, "tables": each.tables, "rows": each.number, "deleted": each.deleted,
                    "blanked": each.blanked, "stays": each.stays,
                }
                for each in overview.kept_about(person.id)
                if each.number
            ],
        }
    )  # fmt: skip


@privacy_group.command("export")
@click.argument("who", metavar="PERSON")
@click.option(
    "--output", required=True, type=click.Path(path_type=Path, dir_okay=False), help="The ZIP file to write."
)
@click.option("--force", is_flag=True, help="Replace a file that is there.")
@with_appcontext
def export(who: str, output: Path, *, force: bool) -> None:
    """Write everything that is kept about PERSON into a ZIP archive."""
    person = _named(who)
    if output.exists() and not force:
        raise click.ClickException(f"{output} exists; --force replaces it.")
    draft = output.with_name(f"{output.name}.part")
    at = clock.now()
    try:
        with draft.open("wb") as target:
            archive.write(target, person, store(), at=at)
        draft.replace(output)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise click.ClickException(f"{output} cannot be written: {error.strerror}.") from error
    with transaction():
        people.note_export(person, at=at)
    _print({"person": person.id, "output": str(output), "bytes": output.stat().st_size})


@privacy_group.command("erase")
@click.argument("who", metavar="PERSON")
@click.option("--reason", required=True, help="Why; it stands in the register of requests for good.")
@click.option("--yes", is_flag=True, help="Do it without asking.")
@with_appcontext
def erase(who: str, reason: str, *, yes: bool) -> None:
    """Make PERSON anonymous for good; the sums, the marks and the ledger of hours stay without the name."""
    person = _named(who)
    reason = " ".join(reason.split())
    if not reason or len(reason) > LONGEST_REASON:
        raise click.UsageError(f"--reason must say something in at most {LONGEST_REASON} characters.")
    if not yes:
        if not sys.stdin.isatty():
            raise click.ClickException("This cannot be undone; --yes does it without asking.")
        click.confirm(f"Make person {person.id} anonymous for good?", abort=True, err=True)
    course = requesting.course_of(person)
    if course is None:
        raise click.ClickException(f"Person {person.id} is in no course.")
    at = clock.now()
    parting.part_from(person.id, at=at)
    with transaction():
        request = PrivacyRequest(
            course_id=course.id, person_id=person.id, kind=RequestKind.ERASURE, state=RequestState.GRANTED,
            subject="", text="", asked_at=at, due_at=due_at(at), answer=reason, decided_at=at,
        )  # fmt: skip
        db.session.add(request)
        db.session.flush()
        done = requesting.carry_out(request, course, person, at=at)
    for key in done.keys:
        store().forget(key)
    _print(
        {
            "person": person.id, "request": request.id, "rows": done.rows, "files": len(done.keys),
            "note": "The learning platform keeps its own copy.",
        }
    )  # fmt: skip


def _named(who: str) -> Person:
    """Return the one person of the installation who is meant; raise `click.ClickException` otherwise."""
    found = people.find(who)
    if not found:
        raise click.ClickException(f"Nobody is {who!r}; `sca-lms people list COURSE` shows everybody.")
    if len(found) > 1:
        numbers = ", ".join(f"{people.ID}{each.id}" for each in found)
        raise click.ClickException(f"Several people are {who!r}: say which by {numbers}.")
    return found[0]


def _print(described: dict[str, object]) -> None:
    click.echo(json.dumps(described, ensure_ascii=False))
