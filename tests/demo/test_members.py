"""The roster shows whom the host's kind shows, in its words and pages."""

import pytest
from flask import Flask

from sca_lms.demo.manners import MEMBERSHIP
from sca_lms.demo.personalities import CANVAS
from sca_lms.demo.service_views import MEMBERS
from sca_lms.demo.site import SiteRole, User
from tests.demo.conftest import MakePlatform
from tests.demo.counterpart import Tool
from tests.demo.service_calls import ROSTER, Caller
from tests.demo.site import (
    ACTIVITY,
    CLASSMATE,
    COURSE,
    ELSEWHERE,
    INSTRUCTOR,
    ISSUER,
    LEARNER,
    PEOPLE,
    TUTOR,
)


@pytest.fixture
def on_moodle(moodle_app: Flask, tool: Tool) -> Caller:
    return Caller(moodle_app, tool)


def people(answer_json: object) -> dict[str, dict[str, object]]:
    assert isinstance(answer_json, dict)
    return {each["user_id"]: each for each in answer_json["members"]}


def test_everybody_of_the_course_is_listed_by_family_name(on_moodle: Caller) -> None:
    answer = on_moodle.members()
    found = people(answer.json)
    assert set(found) == set(PEOPLE)
    families = [PEOPLE[user_id][1] for user_id in found]
    assert families == sorted(families)
    assert (answer.json or {})["context"]["id"] == COURSE
    assert found[LEARNER] == {
        "status": "Active",
        "roles": ["Learner"],
        "user_id": LEARNER,
        "lis_person_sourcedid": "S5",
        "ext_user_username": "u5",
        "name": "กานต์ ใจกล้า",
        "given_name": "กานต์",
        "family_name": "ใจกล้า",
        "email": "user-5@example.org",
    }


def test_a_non_editing_teacher_is_a_learner_here(on_moodle: Caller) -> None:
    found = people(on_moodle.members().json)
    assert found[TUTOR]["roles"] == ["Learner"]
    assert found[INSTRUCTOR]["roles"] == ["Instructor"]


def test_canvas_writes_roles_in_full(make_platform: MakePlatform, tool: Tool) -> None:
    found = people(Caller(make_platform(CANVAS), tool).members().json)
    assert MEMBERSHIP + "Learner" in str(found[LEARNER]["roles"])


@pytest.mark.parametrize("role", ["Instructor", MEMBERSHIP + "Instructor"])
def test_a_role_can_be_asked_for_short_or_in_full(on_moodle: Caller, role: str) -> None:
    found = people(on_moodle.members(role=role).json)
    assert INSTRUCTOR in found
    assert LEARNER not in found


def test_moodle_loses_the_role_on_the_next_page(on_moodle: Caller, make_platform: MakePlatform) -> None:
    on_canvas = Caller(make_platform(CANVAS), on_moodle.tool)
    link = on_moodle.members(limit="2", role="Learner").headers["Link"]
    assert link.endswith(f'<{ISSUER}{ROSTER}?limit=2&from=2>; rel="next"')
    assert "role=Learner&from=2" in on_canvas.members(limit="2", role="Learner").headers["Link"]


def test_pages_join_to_the_whole(on_moodle: Caller) -> None:
    found: list[str] = []
    for start in range(0, len(PEOPLE), 3):
        found += people(on_moodle.members(limit="3", from_=str(start)).json)
    assert found == list(people(on_moodle.members().json))


def test_canvas_pages_by_itself_up_to_fifty(make_platform: MakePlatform, tool: Tool) -> None:
    caller = Caller(make_platform(CANVAS), tool)
    for number in range(100, 160):
        caller.lms.state.users[str(number)] = User(str(number), "คน", f"ที่ {number}")
        caller.lms.state.courses[COURSE].members[str(number)] = SiteRole.LEARNER
    assert len(people(caller.members().json)) == 10
    assert len(people(caller.members(limit="500").json)) == 50


def test_a_link_adds_its_message_in_moodle(on_moodle: Caller) -> None:
    assert "message" in people(on_moodle.members(rlid=ACTIVITY).json)[CLASSMATE]
    assert "message" not in people(on_moodle.members().json)[CLASSMATE]


@pytest.mark.parametrize("link", ["99", ELSEWHERE])
def test_an_unknown_link_is_not_found(on_moodle: Caller, link: str) -> None:
    assert on_moodle.members(rlid=link).status_code == 404


def test_names_and_addresses_need_leave(on_moodle: Caller) -> None:
    registered = on_moodle.lms.state.tools[on_moodle.tool.client_id]
    registered.sends_name = registered.sends_email = False
    assert {"name", "email"}.isdisjoint(people(on_moodle.members().json)[LEARNER])


def test_a_foreign_binding_and_a_wrong_type_are_refused(on_moodle: Caller) -> None:
    assert on_moodle.get(ROSTER.replace("/1/", "/7/"), MEMBERS).status_code == 404
    assert on_moodle.get(ROSTER, "application/json").status_code == 400
