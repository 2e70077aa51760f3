"""The commands for question banks; they need no database and store nothing."""

import json
import sys
from dataclasses import asdict
from pathlib import Path

import click

from sca_lms.assessments.formats.bank import Bank
from sca_lms.assessments.formats.reading import LARGEST_BANK_BYTES, read_bank


@click.group("questions")
def questions_group() -> None:
    """Check question banks: GIFT, Aiken, Moodle XML, QTI 2.1 packages and CSV."""


@questions_group.command("check")
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
def check_questions(file: Path) -> None:
    """Check a question bank FILE whole ("-" reads standard input) and store nothing.

    Prints JSON: the format, the number of questions by type, every fault with line and reason, and notes
    on what would be left out. Exit code 0 means no faults, 1 faults or no such file.
    """
    bank = read_bank(file.name, _content(file))
    click.echo(json.dumps(_told(bank), ensure_ascii=False, indent=2))
    if bank.faults:
        click.get_current_context().exit(1)


def _content(file: Path) -> bytes:
    try:
        if str(file) == "-":
            return sys.stdin.buffer.read(LARGEST_BANK_BYTES + 1)
        with file.open("rb") as stream:
            return stream.read(LARGEST_BANK_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise click.ClickException(f"{click.format_filename(file)}: {reason}") from error


def _told(bank: Bank) -> dict[str, object]:
    return {
        "format": bank.format,
        "questions": len(bank.questions),
        "counts": bank.counts,
        "faults": [asdict(fault) for fault in bank.faults],
        "notes": [asdict(note) for note in bank.notes],
    }
