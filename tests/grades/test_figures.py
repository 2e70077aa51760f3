"""Prometheus hears how sending goes, whichever process asks and whichever worker did it."""

from flask import Flask
from flask.testing import FlaskClient

from sca_lms.config import Settings
from sca_lms.demo.faults import Fault
from sca_lms.web.metrics import bearer_token
from tests.grades.world import World, later


def figures(client: FlaskClient, app: Flask) -> dict[str, float]:
    settings = app.extensions["sca_settings"]
    assert isinstance(settings, Settings)
    answer = client.get("/metrics", headers={"Authorization": f"Bearer {bearer_token(settings.secret_key)}"})
    assert answer.status_code == 200
    lines = (line.rsplit(" ", 1) for line in answer.text.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, value in lines}


def test_the_figures_tell_what_was_sent_what_waits_and_why(moodle: World, client: FlaskClient) -> None:
    moodle.mark("31", "40")
    moodle.work()
    moodle.mark("32", "50")
    moodle.lms.faults.plan("scores", Fault(503))
    moodle.work()
    shown = figures(client, moodle.app)
    assert shown['sca_lms_grade_deliveries_total{outcome="delivered",reason=""}'] == 1
    assert shown['sca_lms_grade_deliveries_total{outcome="waiting",reason="host-error"}'] == 1
    assert shown['sca_lms_grades_outstanding{state="waiting"}'] == 1
    assert shown['sca_lms_grades_outstanding{state="due"}'] == 0
    assert shown["sca_lms_grades_oldest_due_seconds"] == 0
    assert shown["sca_lms_access_token_requests_total"] == moodle.wire.count("token")
    assert shown["sca_lms_grade_comparisons_failing"] == 0
    with later(60):
        moodle.work()
    after = figures(client, moodle.app)
    assert after['sca_lms_grade_deliveries_total{outcome="delivered",reason=""}'] == 2
    assert after['sca_lms_grades_outstanding{state="waiting"}'] == 0


def test_a_score_that_nobody_sends_grows_old(moodle: World, client: FlaskClient) -> None:
    moodle.mark("31", "40")
    moodle.recompute()
    with later(600):
        shown = figures(client, moodle.app)
    assert shown['sca_lms_grades_outstanding{state="due"}'] == 1
    assert 600 <= shown["sca_lms_grades_oldest_due_seconds"] < 700
