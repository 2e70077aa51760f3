"""Managers set the rules after seeing what they would do; instructors read them."""

import re

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from sca_lms.courses.models import AuditEvent, Course
from sca_lms.courses.rules import Role
from sca_lms.database import db, transaction
from sca_lms.guidance import settings
from sca_lms.guidance.models import LearnerSnapshot
from sca_lms.guidance.rule_preview import preview
from sca_lms.guidance.rules import DEFAULTS, Facts, RiskKind, Setting, applied
from tests.builders import a_person, an_enrolment, csrf_of, signed_in
from tests.guidance.house import AT, House, a_house

ONLY_SILENT = [Setting(each.kind, each.threshold, each.weight, enabled=False) for each in DEFAULTS]


@pytest.fixture
def house(app: Flask) -> House:
    with time_machine.travel(AT, tick=False):
        return a_house(app)


@pytest.fixture
def manager_id(house: House) -> int:
    with house.app.app_context(), transaction():
        course = db.session.get_one(Course, house.course_id)
        return an_enrolment(course, a_person("ผู้ดูแล", "โครงการ"), roles={Role.MANAGER}).id


def send(house: House, manager_id: int, path: str, **fields: str) -> str:
    browser = signed_in(house.app, manager_id)
    browser.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"
    where = f"/courses/{house.course_id}/risk-rules"
    page = browser.get(where).text
    typed = {name: value for name, value in shown(page).items() if fields.get(name) != ""}
    wanted = {name: value for name, value in fields.items() if value}
    answer = browser.post(where + path, data={"csrf_token": csrf_of(page), **typed, **wanted})
    assert answer.status_code in {200, 303, 422}
    return answer.text if answer.status_code != 303 else browser.get(where).text


def shown(page: str) -> dict[str, str]:
    """Return what the form of a page holds."""
    found = dict(re.findall(r'<input[^>]*name="(\w+_threshold)"[^>]*value="(\d+)"', page))
    for select in re.findall(r'<select[^>]*name="(\w+_weight)".*?</select>', page, re.DOTALL):
        found[select] = "2"
    for box in re.findall(r'<input checked[^>]*name="(\w+_enabled)"', page):
        found[box] = "y"
    return found


def test_the_preview_compares_as_the_rules_do(house: House) -> None:
    """The three learners differ in one figure each; what SQL counts is what the pure rules say."""
    facts = [
        Facts(True, 479, 13, 0, 0, None, 2),
        Facts(False, 480, 14, 1, 0, 34, 1),
        Facts(None, None, 400, 0, 3, 35, None),
    ]
    with house.app.app_context():
        with transaction():
            for enrolment_id, each in zip(house.learners, facts, strict=True):
                row = db.session.get_one(LearnerSnapshot, enrolment_id)
                row.can_reach, row.hours_behind = each.can_reach, each.hours_behind
                row.silent_days, row.days_without_mentoring = each.silent_days, each.days_without_mentoring
                row.updates_missed = each.updates_missed
                row.modules_late, row.work_late = each.modules_late or 0, each.work_late or 0
        for number, default in enumerate(DEFAULTS):
            wanted = [*ONLY_SILENT[:number], default, *ONLY_SILENT[number + 1 :]]
            found = preview(house.course_id, wanted, DEFAULTS)
            assert found.listed == sum(bool(applied(each, wanted)) for each in facts), default.kind
            assert found.by_rule[default.kind] == found.listed
        assert preview(house.course_id, ONLY_SILENT, DEFAULTS).dropped == 3
        assert preview(house.course_id, DEFAULTS, ONLY_SILENT).added == 3


def test_a_preview_says_who_comes_and_goes_and_saves_nothing(house: House, manager_id: int) -> None:
    page = send(house, manager_id, "/preview", modules_late_enabled="")
    assert "Today this would list 0 people." in page
    assert "3 dropped" in page
    assert "0 added" in page
    with house.app.app_context():
        assert list(settings.settings_of(house.course_id)) == list(DEFAULTS)


def test_saving_leaves_a_line_in_the_log_and_says_who_did_it(house: House, manager_id: int) -> None:
    page = send(house, manager_id, "", hours_behind_threshold="12", silent_days_threshold="7")
    assert "changed by" in page
    assert "ผู้ดูแล" in page
    with house.app.app_context():
        found = {each.kind: each for each in settings.settings_of(house.course_id)}
        assert found[RiskKind.HOURS_BEHIND].threshold == 12 * 60
        assert found[RiskKind.SILENT_DAYS].threshold == 7
        lines = db.session.scalars(sa.select(AuditEvent).where(AuditEvent.verb == "set-risk-rule")).all()
        silent = next(each for each in lines if each.subject == "silent-days")
        assert silent.before is not None
        assert silent.before["threshold"] == 14
        assert silent.after is not None
        assert silent.after["threshold"] == 7


@pytest.mark.parametrize("typed", ["0", "-1", "1.5", "9999999999", "๓", "x"])
def test_a_threshold_that_makes_no_sense_is_refused(house: House, manager_id: int, typed: str) -> None:
    send(house, manager_id, "", silent_days_threshold=typed)
    with house.app.app_context():
        found = {each.kind: each for each in settings.settings_of(house.course_id)}
        assert found[RiskKind.SILENT_DAYS].threshold in {14, 3}


def test_instructors_read_and_do_not_change(house: House) -> None:
    page = house.page("risk-rules")
    assert "Managers change these rules" in page
    assert house.post("risk-rules").status_code == 403


def test_everybody_who_is_listed_says_why_in_both_languages(house: House) -> None:
    assert "8 modules are late (from 1 module on)" in house.page("risk-rules")
    thai = (
        house.browser().get(f"/courses/{house.course_id}/risk-rules", headers={"Accept-Language": "th"}).text
    )
    assert "เกณฑ์ตั้งแต่ 1 บทเรียน" in thai
