"""What the worker does for the figures of quizzes with many attempts: work them out whenever they change."""

import datetime as dt
import time

from sca_lms.assessments import figures_kept
from sca_lms.assessments.models import Quiz
from sca_lms.database import db, transaction

LONGEST_SECONDS = 20.0
"""After so long the rest waits for the next round."""


def keep_quiz_figures(at: dt.datetime) -> None:
    """Work out what is stale; nobody waits meanwhile, because only the result is written."""
    until = time.monotonic() + LONGEST_SECONDS
    if others := figures_kept.others_kept():
        with transaction():
            figures_kept.forget(others)
    for quiz_id, state in figures_kept.stale(at=at):
        quiz = db.session.get(Quiz, quiz_id)
        if quiz is None:
            continue
        with transaction():
            claimed = figures_kept.claim(quiz_id)
        if claimed is None:
            continue
        row = figures_kept.work_out(quiz, state, at=at)
        with transaction():
            figures_kept.keep(row, claimed)
        db.session.expunge_all()
        if time.monotonic() > until:
            return
