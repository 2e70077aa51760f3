"""A list of pairs is taken back: everything as it was, but for what something was built upon."""

import datetime as dt
import re
from functools import partial

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from sca_lms.config import Settings
from sca_lms.courses.models import AuditEvent, Course
from sca_lms.courses.rules import Role
from sca_lms.database import db, transaction
from sca_lms.projects import list_deeds, operations, queries, undoing
from sca_lms.projects.models import Agency, Area, Captaincy, Pair, PairList
from tests.calendar.test_races import PROCESSES, THREADS, at_once
from tests.projects.house import AT, House
from tests.projects.test_lists import FIRST, pairs, store
from tests.statements import counted

OTHER_CAPTAIN = "code,ambassador,captain,province (en)\nA001,ปวีณา แก้วมณี,3@example.org,Nan City\n"


def rows(house: House) -> dict[str, object]:
    """Return everything that a list may change, as it stands."""
    with house.app.app_context():
        return {
            "pairs": sorted(
                (each.code, each.ambassador_id, each.area_id, each.agency_id, each.dimension, each.ended_at)
                for each in db.session.scalars(sa.select(Pair))
            ),
            "captains": sorted(
                (each.pair_id, each.captain_id, each.began_at, each.reason)
                for each in db.session.scalars(sa.select(Captaincy).where(Captaincy.ended_at.is_(None)))
            ),
            "areas": sorted(
                (each.code, each.title.th, each.province.en, each.group)
                for each in db.session.scalars(sa.select(Area))
            ),
            "agencies": sorted((each.code, each.title.th) for each in db.session.scalars(sa.select(Agency))),
            "roles": {name: house.person(name).roles for name in house.ids},
        }


def last(house: House) -> int:
    with house.app.app_context():
        return max(db.session.scalars(sa.select(PairList.id)))


def take_back(house: House, list_id: int) -> str:
    browser = house.browser("มานะ")
    browser.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"
    answer = house.post(browser, f"/list/{list_id}", f"/list/{list_id}/undo")
    assert answer.status_code == 303
    return browser.get(answer.headers["Location"], headers={"Accept-Language": "en"}).text


def page(house: House, list_id: int) -> str:
    shown = house.browser("มานะ").get(house.address(f"/list/{list_id}"), headers={"Accept-Language": "en"})
    assert shown.status_code == 200
    return shown.text


def test_one_click_takes_away_what_a_list_made_with_its_places_and_roles(house: House) -> None:
    before = rows(house)
    assert store(house, FIRST).headers["Location"].endswith(f"/pairs/list/{last(house)}")
    assert rows(house) != before
    assert "2 pairs are as they were before." in take_back(house, last(house))
    assert rows(house) == before
    with house.app.app_context():
        line = db.session.scalars(sa.select(AuditEvent).where(AuditEvent.verb == "undo-pair-list")).one()
        assert line.after == {"removed": ["A001", "A002"], "restored": [], "kept": {}}


def test_the_captain_and_places_of_before_are_back_and_so_is_the_list_after_the_list(house: House) -> None:
    store(house, FIRST)
    first, between = last(house), rows(house)
    store(house, OTHER_CAPTAIN)
    take_back(house, last(house))
    assert rows(house) == between
    take_back(house, first)
    with house.app.app_context():
        assert pairs(house) == {}


def test_taking_it_back_twice_changes_nothing_more(house: House) -> None:
    store(house, FIRST)
    list_id = last(house)
    browser = house.browser("มานะ")
    take_back(house, list_id)
    store(house, FIRST)
    again = rows(house)
    house.post(browser, "/list", f"/list/{list_id}/undo")
    assert rows(house) == again


def test_a_day_later_it_is_too_late(house: House) -> None:
    with time_machine.travel(AT, tick=False) as clock:
        store(house, FIRST)
        clock.shift(dt.timedelta(hours=24) - dt.timedelta(seconds=1))
        assert "Take the list back" in page(house, last(house))
        clock.shift(1)
        assert "Take the list back" not in page(house, last(house))
        stored = rows(house)
        house.post(house.browser("มานะ"), "/list", f"/list/{last(house)}/undo")
        assert rows(house) == stored


@pytest.mark.parametrize("what", ["captain", "end", "place"])
def test_what_was_changed_since_stays_and_is_named_with_its_reason(house: House, what: str) -> None:
    store(house, FIRST)
    with house.app.app_context(), transaction():
        pair, course = pairs(house)["A001"], house.course()
        if what == "captain":
            operations.replace_captain(
                course, pair, house.person("สุดา"), reason="", person_id=None, from_at=list_moment(),
                at=list_moment(),
            )  # fmt: skip
        elif what == "end":
            operations.end_pair(course, pair, reason="", person_id=None, at=list_moment())
        else:
            (whole,) = [each for each in queries.every_pair(course.id) if each is pair]
            operations.change_pair(
                course, whole, area=None, agency=None, dimension="", person_id=None, at=list_moment()
            )
    words = {
        "captain": "It has got another captain since.", "end": "It has been ended since.",
        "place": "Its area, agency or dimension was changed since.",
    }  # fmt: skip
    assert words[what] in page(house, last(house))
    assert "1 pair is as it was before. 1 stays" in take_back(house, last(house))
    with house.app.app_context():
        assert set(pairs(house)) == {"A001"}
        assert Role.MENTOR in house.person("สมชาย").roles


def test_a_pair_that_has_made_a_meeting_stays(house: House) -> None:
    store(house, FIRST)
    with house.app.app_context():
        pair_id = pairs(house)["A001"].id
    house.app.extensions["sca_pair_meetings"] = [lambda _ids, _since: {(pair_id, house.ids["สมชาย"])}]
    assert "The two have made a meeting since." in page(house, last(house))
    take_back(house, last(house))
    with house.app.app_context():
        assert set(pairs(house)) == {"A001"}
        assert db.session.scalar(sa.select(sa.func.count()).select_from(Agency)) == 1, "it works there"


def test_only_managers_of_the_course_see_and_take_back(house: House) -> None:
    store(house, FIRST)
    address = house.address(f"/list/{last(house)}")
    for name in ("สมชาย", "ปวีณา"):
        assert house.browser(name).get(address).status_code == 403
    assert house.browser("มานะ").get(house.address("/list/999")).status_code == 404


def test_the_page_costs_the_same_for_many_pairs(house: House) -> None:
    store(house, FIRST.splitlines()[0] + "\n" + FIRST.splitlines()[1] + "\n")
    browser, address = house.browser("มานะ"), house.address(f"/list/{last(house)}")
    with counted(house.app) as few:
        browser.get(address)
    store(house, FIRST)
    address = house.address(f"/list/{last(house)}")
    with counted(house.app) as many:
        browser.get(address)
    assert len(few) == len(many)


def undo_now(course_id: int, list_id: int, app: Flask, number: int) -> str:
    with app.app_context(), transaction():
        row = db.session.get_one(PairList, list_id)
        done = undoing.undo(
            db.session.get_one(Course, course_id), row, person_id=None,
            at=row.stored_at + dt.timedelta(seconds=number),
        )  # fmt: skip
        return "done" if done else "before"


def test_fifty_clicks_in_five_processes_take_it_back_once(house: House, settings: Settings) -> None:
    before = rows(house)
    store(house, FIRST)
    outcomes = at_once(settings, partial(undo_now, house.course_id, last(house)))
    assert outcomes == {"done": 1, "before": PROCESSES * THREADS - 1}
    assert rows(house) == before


def list_moment() -> dt.datetime:
    with_list = db.session.scalars(sa.select(PairList.stored_at)).all()
    return max(with_list) + dt.timedelta(minutes=1)


def test_what_is_shown_of_lists_is_that_of_the_course(house: House) -> None:
    store(house, FIRST)
    shown = house.browser("มานะ").get(house.address("/list"), headers={"Accept-Language": "en"}).text
    assert re.search(r"can be taken back", shown)
    with house.app.app_context():
        assert [list_deeds.count(each) for each in list_deeds.lists(house.course_id)] == [2]
        assert not list_deeds.lists(house.course_id + 1)
