"""Learners hear what became of their reflections, and are reminded of one that is due."""

import datetime as dt

import pytest
import sqlalchemy as sa

from sca_lms.database import db, transaction
from sca_lms.updates.models import KnowledgeUpdate
from sca_lms.updates.reminders import remind_of_due_reflections
from tests.inbox.told import told, whom
from tests.updates.house import AFTER, House

DAY = dt.timedelta(days=1)


@pytest.mark.parametrize(("accepts", "kind"), [(True, "updates.accepted"), (False, "updates.returned")])
def test_a_decision_is_told_to_its_author_alone_without_the_answer(
    house: House, *, accepts: bool, kind: str
) -> None:
    reflection = house.hand_in(house.learner_id)
    house.hand_in(house.other_id)
    house.decide(reflection, accepts=accepts, answer="เขียนเพิ่มเรื่องงบ")
    with house.app.app_context():
        assert whom(kind) == {house.learner_id}
        assert "งบ" not in str([facts for _who, name, facts in told() if name == kind])


def test_who_was_there_and_has_handed_in_nothing_is_reminded_once_two_days_before_the_end(
    house: House,
) -> None:
    due = AFTER + 5 * DAY
    for who in (house.learner_id, house.other_id):
        house.attend(who, 180)
    house.close()
    house.hand_in(house.other_id)
    with house.app.app_context():
        with transaction():
            db.session.execute(
                sa.update(KnowledgeUpdate).where(KnowledgeUpdate.number == 1).values(reflection_due_at=due)
            )
        remind_of_due_reflections(due - 3 * DAY)
        assert whom("updates.due-soon") == set()
        for hours in (47, 46, 2):
            remind_of_due_reflections(due - hours * dt.timedelta(hours=1))
        assert [who for who, kind, _facts in told() if kind == "updates.due-soon"] == [house.learner_id]
        remind_of_due_reflections(due + DAY)
        assert len(told()) == 1
