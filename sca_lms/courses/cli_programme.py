"""The commands for programme files that need no database."""

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from sca_lms.programmes import programme_file
from sca_lms.programmes.faults import Document, Fault, SectionChecker
from sca_lms.programmes.yaml_lines import LARGEST_FILE_BYTES


def programme_group(checkers: Sequence[SectionChecker]) -> click.Group:
    """Build the group `programme`; the checkers come from packages that this one does not know."""

    @click.group("programme")
    def group() -> None:
        """Check programme files, store them and write them out again."""

    @group.command("validate")
    @click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
    def validate(file: Path) -> None:
        """Check a programme FILE whole ("-" reads standard input).

        Every fault is one line on standard error: FILE:LINE:COLUMN: field: reason. Exit code 0 means no
        faults, 1 faults, 2 that there is no such file.
        """
        checked = programme_file.check(read_programme(file), checkers=checkers)
        report_faults(file, checked.faults)
        click.echo(f"{shown_name(file)}: {_summary(checked.document)}")

    return group


def read_programme(file: Path) -> bytes:
    """Read a programme file, no more of it than can be checked; raises UsageError when it cannot be read."""
    try:
        if str(file) == "-":
            return sys.stdin.buffer.read(LARGEST_FILE_BYTES + 1)
        with file.open("rb") as stream:
            return stream.read(LARGEST_FILE_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise UnreadableFile(f"{shown_name(file)}: {reason}") from error


class UnreadableFile(click.ClickException):
    """The file named on the command line cannot be read; shown as one line without the usage text."""

    exit_code = 2


def report_faults(file: Path, faults: Sequence[Fault]) -> None:
    """Print every fault on standard error and end with exit code 1; return when there are none."""
    for fault in faults:
        place = f"{shown_name(file)}:{fault.line}:{fault.column}"
        click.echo(f"{place}: {fault.field}: {fault.reason}", err=True)
    if faults:
        click.get_current_context().exit(1)


def shown_name(file: Path) -> str:
    """Name the file in a message, "standard input" for a dash."""
    return "standard input" if str(file) == "-" else click.format_filename(file)


def _summary(document: Document) -> str:
    counts = programme_file.count(document)
    hours, minutes = divmod(counts.minutes, 60)
    parts = [
        _counted(counts.modules, "module"),
        _counted(counts.units, "unit"),
        _counted(counts.questions, "question"),
        _counted(counts.sessions, "session"),
        _counted(hours, "hour") + (f" {minutes} min" if minutes else ""),
    ]
    return f"no faults; {programme_file.programme_code(document)}: {', '.join(parts)}"


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
