"""Saving, handing in and the sweeper at the same instant leave one whole result."""

import datetime as dt
import threading
from collections.abc import Callable
from decimal import Decimal

from flask import Flask

from sca_lms.assessments import operations
from sca_lms.assessments.models import Attempt, Quiz
from sca_lms.assessments.operations import AttemptOver, TimeIsUp
from sca_lms.assessments.rules import OVER
from sca_lms.courses.models import Enrolment
from sca_lms.database import db, transaction
from tests.assessments.builders import LAW, NINE, YEARS, a_quiz
from tests.builders import a_course, an_enrolment

AFTER_ALL = NINE + dt.timedelta(minutes=16)


def test_save_submit_and_sweep_together_hand_in_once_and_score_what_is_stored(app: Flask) -> None:
    with app.app_context(), transaction():
        learner = an_enrolment(a_course())
        quiz = a_quiz(learner.course, questions=(("Q1", YEARS), ("Q2", LAW)))
        attempt_id = operations.start_attempt(quiz, learner, at=NINE).id
        learner_id = learner.id
    together = threading.Barrier(3)
    refused: list[str] = []

    def at_once(act: Callable[[Attempt], object]) -> None:
        with app.app_context():
            own = db.session.get_one(Attempt, attempt_id)
            db.session.rollback()
            together.wait()
            try:
                with transaction():
                    act(own)
            except (AttemptOver, TimeIsUp) as refusal:
                refused.append(refusal.code)
            db.session.remove()

    acts: list[Callable[[Attempt], object]] = [
        lambda own: operations.save_answers(own, {0: "4", 1: "PDPA"}, at=NINE),
        lambda own: operations.submit(own, at=NINE),
        lambda _own: operations.sweep_overdue(at=AFTER_ALL),
    ]
    threads = [threading.Thread(target=at_once, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with app.app_context():
        found = db.session.get_one(Attempt, attempt_id)
        assert found.state in OVER
        # Either the answers came first and count, or they were refused and nothing counts.
        assert (found.score, refused) in [(Decimal(2), []), (Decimal(0), ["attempt-over"])]
        assert db.session.get_one(Enrolment, learner_id).evidence_revision == 1
        assert db.session.get_one(Quiz, found.quiz_id).published
