"""Shell commands for stored programmes and for the operator's way in."""

import sys
from pathlib import Path

import click
from flask import current_app
from flask.cli import with_appcontext

from sca_lms import clock
from sca_lms.config import settings
from sca_lms.courses import operator_links, programmes, queries
from sca_lms.courses.cli_programme import read_programme, report_faults
from sca_lms.courses.models import Course
from sca_lms.database import transaction
from sca_lms.programmes import programme_file


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@click.option(
    "--course", "course_id", type=int, help="Put it to work in this course; without it, it is a template."
)
@with_appcontext
def import_programme(file: Path, course_id: int | None) -> None:
    """Store a programme file, for one course or as a template that an instructor picks."""
    checked = programme_file.check(
        read_programme(file), checkers=current_app.extensions["sca_section_checkers"]
    )
    report_faults(file, checked.faults)
    with transaction():
        programme = programmes.store_programme(checked.document, at=clock.now())
        course = _course(course_id) if course_id is not None else None
        if course is not None:
            appliers = current_app.extensions["sca_programme_appliers"]
            programmes.use_programme(course, programme, appliers, person_id=None, at=clock.now())
    place = f"in use in course {course_id}" if course_id is not None else "stored as a template"
    click.echo(f"{programme.code} revision {programme.revision} is {place}.")


@click.command("export")
@click.argument("code", required=False)
@click.option("--course", "course_id", type=int, help="Export the programme of this course.")
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write to a file instead of the terminal.",
)
@with_appcontext
def export_programme(code: str | None, course_id: int | None, output: Path | None) -> None:
    """Write a stored programme as a file that imports to the same again."""
    if (code is None) == (course_id is None):
        raise click.UsageError("Say which programme: its code, or --course ID.")
    if course_id is not None:
        programme = _course(course_id).programme
    else:
        programme = queries.newest_programme(code or "")
    if programme is None:
        raise click.ClickException(f"There is no stored programme {code or f'in course {course_id}'}.")
    text = programme_file.dump(programme.document)
    if output is not None:
        output.write_text(text, encoding="utf-8")
    else:
        sys.stdout.write(text)


@click.group("operator")
def operator() -> None:
    """Enter the pages of the whole installation."""


@operator.command("link")
@with_appcontext
def link() -> None:
    """Print a one-time address that opens the operator's pages, good for fifteen minutes."""
    with transaction():
        token = operator_links.make_link(at=clock.now())
    click.echo(f"{settings().public_url}/operator/enter?token={token}")


def _course(course_id: int) -> Course:
    found = queries.find_course(course_id)
    if found is None:
        raise click.ClickException(f"There is no course {course_id}; `sca-lms courses list` shows them.")
    return found
