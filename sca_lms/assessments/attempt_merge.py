"""Tell which answers of a page its reader changed, so that two windows do not undo each other; pure.

A page says of each answer what it was when the page was drawn. What still is as it was then has not been
touched in that window, whatever another window has saved meanwhile.
"""

import hashlib
import json
from collections.abc import Mapping

from sca_lms.assessments.answers import Answer

WAS = "-was"
"""Ends the name of the field that tells what an answer was."""
_LENGTH = 16


def mark_of(answer: Answer) -> str:
    """Return a short mark that is the same for the same answer and says nothing else."""
    written = json.dumps(answer, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(written.encode()).hexdigest()[:_LENGTH]


def changed_here(answers: Mapping[int, Answer], form: Mapping[str, str]) -> dict[int, Answer]:
    """Return those answers that differ from what the page was drawn with, or of which it does not tell."""
    return {
        position: answer
        for position, answer in answers.items()
        if form.get(f"a{position}{WAS}") != mark_of(answer)
    }
