"""Pairs keep everybody who has been their captain, and a moment has one captain at most."""

import datetime as dt

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from sca_lms.courses.models import AuditEvent
from sca_lms.courses.rules import EnrolmentState, Role
from sca_lms.database import db, transaction
from sca_lms.lti.roster_rules import Standing, renewed
from sca_lms.projects import operations, queries
from sca_lms.projects.models import Captaincy, Pair
from tests.projects.house import AT, House

DAY = dt.timedelta(days=1)


def test_a_new_pair_has_its_captain_from_its_first_moment(house: House) -> None:
    pair_id = house.pair()
    with house.app.app_context():
        pair = house.stored(pair_id)
        found = queries.captain_at(pair, AT)
        assert found is not None
        assert found.captain_id == house.ids["สมชาย"]
        assert queries.captain_at(pair, AT - DAY) is None
        assert queries.pair_of(house.ids["ปวีณา"], AT) is pair
        assert queries.pair_of(house.ids["ปวีณา"], AT - DAY) is None
        assert [each.id for each in queries.pairs_of_captain(house.ids["สมชาย"], AT)] == [pair_id]


def test_a_captain_becomes_a_mentor_and_the_hosts_list_does_not_take_it_away(house: House) -> None:
    house.pair()
    with house.app.app_context():
        roles = house.person("สมชาย").roles
        assert roles == {Role.INSTRUCTOR, Role.MENTOR}
        claimed = frozenset({Role.INSTRUCTOR})
        for has_launched in (True, False):
            again = renewed(Standing(roles, claimed), claimed, has_launched=has_launched)
            assert again.held == roles


def test_a_replaced_captain_keeps_the_past(house: House) -> None:
    pair_id = house.pair()
    with house.app.app_context(), transaction():
        operations.replace_captain(
            house.course(), house.stored(pair_id), house.person("สุดา"), reason="ย้าย", person_id=None,
            from_at=AT + 30 * DAY, at=AT + 31 * DAY,
        )  # fmt: skip
    with house.app.app_context():
        pair = house.stored(pair_id)

        def captain(at: dt.datetime) -> int | None:
            found = queries.captain_at(pair, at)
            return found.captain_id if found else None

        assert captain(AT + 30 * DAY - dt.timedelta(seconds=1)) == house.ids["สมชาย"]
        assert captain(AT + 30 * DAY) == house.ids["สุดา"]
        assert queries.pairs_of_captain(house.ids["สมชาย"], AT + 40 * DAY) == []
        assert [each.id for each in queries.pairs_ever_of_captain(house.ids["สมชาย"])] == [pair_id]
        history = queries.captaincies([pair_id])
        assert [each.reason for each in history] == ["ย้าย", ""]
        verbs = db.session.scalars(sa.select(AuditEvent.verb)).all()
        assert {"make-pair", "replace-captain", "give-role"} <= set(verbs)


def test_features_hear_of_a_captaincy_that_ended(house: House) -> None:
    pair_id = house.pair()
    heard: list[tuple[int, int | None]] = []

    def listen(_pair: Pair, before: Captaincy, after: Captaincy | None, _at: dt.datetime) -> None:
        heard.append((before.captain_id, after.captain_id if after else None))

    with house.app.app_context(), transaction():
        pair = house.stored(pair_id)
        operations.replace_captain(
            house.course(), pair, house.person("สุดา"), reason="", person_id=None, from_at=AT + DAY,
            at=AT + DAY, hooks=[listen],
        )  # fmt: skip
        operations.end_pair(
            house.course(), pair, reason="ลาออก", person_id=None, at=AT + 2 * DAY, hooks=[listen]
        )
    assert heard == [(house.ids["สมชาย"], house.ids["สุดา"]), (house.ids["สุดา"], None)]


def test_nobody_is_replaced_before_they_began(house: House) -> None:
    pair_id = house.pair()
    with house.app.app_context(), transaction(), pytest.raises(operations.NotTheirTime):
        operations.replace_captain(
            house.course(), house.stored(pair_id), house.person("สุดา"), reason="", person_id=None,
            from_at=AT - DAY, at=AT,
        )  # fmt: skip


def test_a_mistake_is_corrected_from_the_beginning(house: House) -> None:
    pair_id = house.pair()
    with house.app.app_context(), transaction():
        operations.replace_captain(
            house.course(), house.stored(pair_id), house.person("สุดา"), reason="", person_id=None,
            from_at=AT, at=AT + DAY,
        )  # fmt: skip
    with house.app.app_context():
        found = queries.captain_at(house.stored(pair_id), AT)
        assert found is not None
        assert found.captain_id == house.ids["สุดา"]


def test_an_ambassador_is_in_one_pair_at_a_time_and_nobody_leads_themselves(house: House) -> None:
    pair_id = house.pair()
    with pytest.raises(operations.AmbassadorTaken):
        house.pair("A002", at=AT + DAY)
    with pytest.raises(operations.CodeTaken):
        house.pair("A001", "ชยพล")
    with pytest.raises(operations.PairRefused):
        house.pair("A002", "ชยพล", "ชยพล")
    with pytest.raises(operations.PairRefused):
        house.pair("A002", "สมชาย")
    with house.app.app_context(), transaction():
        operations.end_pair(house.course(), house.stored(pair_id), reason="x", person_id=None, at=AT + DAY)
    with pytest.raises(operations.AmbassadorTaken):
        house.pair("A002", at=AT)
    house.pair("A002", at=AT + DAY)


def test_the_database_allows_one_living_pair_and_one_captain(house: House) -> None:
    pair_id = house.pair()
    with house.app.app_context(), transaction(), pytest.raises(IntegrityError), db.session.begin_nested():
        db.session.add(
            Captaincy(pair_id=pair_id, captain_id=house.ids["สุดา"], began_at=AT, ended_at=None, reason="")
        )
    with house.app.app_context(), transaction(), pytest.raises(IntegrityError), db.session.begin_nested():
        db.session.add(
            Pair(
                course_id=house.course_id, code="A9", ambassador_id=house.ids["ปวีณา"], began_at=AT,
                ended_at=None,
            )
        )  # fmt: skip


def test_somebody_who_left_becomes_no_captain(house: House) -> None:
    with house.app.app_context(), transaction():
        house.person("สุดา").state = EnrolmentState.WITHDRAWN
    with pytest.raises(operations.PairRefused):
        house.pair(captain="สุดา")
