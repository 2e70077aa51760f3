"""Shell commands for stored programmes and for the operator's way in."""

import sys
from collections.abc import Callable
from pathlib import Path

import click
from flask import current_app
from flask.cli import with_appcontext

from sca_lms import clock
from sca_lms.config import settings
from sca_lms.courses import operator_links, programmes, queries
from sca_lms.courses.cli_programme import read_programme, report_faults
from sca_lms.courses.models import Course, Programme
from sca_lms.database import transaction
from sca_lms.errors import Text
from sca_lms.programmes import programme_file

HOST_IDS = "sca_host_ids"
"""`app.extensions[HOST_IDS]` returns the ids of all hosts."""


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@click.option(
    "--course", "course_id", type=int, help="Put it to work in this course; without it, it is a template."
)
@click.option(
    "--platform", "platform_ids", type=int, multiple=True,
    help="Offer the template to courses of this host only; repeat it for several.",
)  # fmt: skip
@click.option(
    "--all-platforms", is_flag=True, help="Offer the template to courses of every host, now and later."
)
@with_appcontext
def import_programme(
    file: Path, course_id: int | None, platform_ids: tuple[int, ...], all_platforms: bool
) -> None:
    """Store a programme FILE, for one course or as a template that an instructor picks.

    A new template is offered to the courses of every host unless --platform names some; a later import keeps
    what was decided before. What is stored for one course is offered to no other.
    """
    _refuse_contradiction(course_id, platform_ids, all_platforms=all_platforms)
    checked = programme_file.check(
        read_programme(file), checkers=current_app.extensions["sca_section_checkers"]
    )
    report_faults(file, checked.faults)
    _refuse_unknown_hosts(platform_ids)
    with transaction():
        programme = programmes.store_programme(
            checked.document, at=clock.now(), template=course_id is None and not platform_ids
        )
        if platform_ids or all_platforms:
            programmes.offer(programme, platform_ids or None, at=clock.now())
        course = _course(course_id) if course_id is not None else None
        notes: list[Text] = []
        if course is not None:
            appliers = current_app.extensions["sca_programme_appliers"]
            notes = programmes.use_programme(course, programme, appliers, person_id=None, at=clock.now())
    place = f"in use in course {course_id}" if course_id is not None else _audience(programme)
    click.echo(f"{programme.code} revision {programme.revision} is {place}.")
    for note in notes:
        click.echo(str(note))


def _refuse_contradiction(
    course_id: int | None, platform_ids: tuple[int, ...], *, all_platforms: bool
) -> None:
    chosen = [
        name
        for name, given in (
            ("--course", course_id is not None),
            ("--platform", bool(platform_ids)),
            ("--all-platforms", all_platforms),
        )
        if given
    ]
    if len(chosen) > 1:
        raise click.UsageError(f"Give {' or '.join(chosen)}, not both.")


def _refuse_unknown_hosts(platform_ids: tuple[int, ...]) -> None:
    if not platform_ids:
        return
    host_ids: Callable[[], frozenset[int]] = current_app.extensions[HOST_IDS]
    unknown = sorted(set(platform_ids) - host_ids())
    if unknown:
        raise click.ClickException(
            f"There is no platform {', '.join(map(str, unknown))}; `sca-lms platform list` shows them."
        )


def _audience(programme: Programme) -> str:
    if programme.offered_to is None:
        return "stored as a template"
    hosts = ", ".join(map(str, programme.offered_to))
    return f"stored as a template for courses of platform {hosts}"


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
