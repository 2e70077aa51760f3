"""Tell which answers of a page its reader changed, so that two windows do not undo each other; pure.

A page says of each answer what it was when the page was drawn. What still is as it was then has not been
touched in that window, whatever another window has saved meanwhile.
"""

import hashlib
import json
from collections.abc import Collection, Mapping

from sca_lms.assessments.answers import Answer

WAS = "-was"
"""Ends the name of the field that tells what an answer was."""
_LENGTH = 16


def mark_of(answer: Answer) -> str:
    """Return a short mark that is the same for the same answer and says nothing else."""
    written = json.dumps(answer, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(written.encode()).hexdigest()[:_LENGTH]


def changed_here(
    answers: Mapping[int, Answer], form: Mapping[str, str], files: Collection[str] = ()
) -> dict[int, Answer]:
    """Return those answers that differ from what the page was drawn with, or of which it does not tell.

    A question of which nothing was sent, neither a field nor a file, was not on the page: its answer stays.
    `files` holds the names of the fields with files.
    """
    names = {*form, *files}
    return {
        position: answer
        for position, answer in answers.items()
        if form.get(f"a{position}{WAS}") != mark_of(answer) and _was_sent(position, names)
    }


def _was_sent(position: int, names: Collection[str]) -> bool:
    return any(name == f"a{position}" or name.startswith(f"a{position}-") for name in names)
