"""A service can be made to fail before or after its work."""

from flask import Flask

from sca_lms.demo.faults import Fault
from tests.demo.counterpart import Tool
from tests.demo.service_calls import Caller, a_score
from tests.demo.site import LEARNER


def test_a_planned_fault_comes_once_and_does_nothing(moodle_app: Flask, tool: Tool) -> None:
    caller = Caller(moodle_app, tool)
    caller.lms.faults.plan("scores", Fault(503, {"Retry-After": "7"}))
    answer = caller.score(a_score("2026-11-22T09:00:00Z"))
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "7")
    assert caller.column.grades == {}
    assert caller.score(a_score("2026-11-22T09:00:00Z")).status_code == 200


def test_an_answer_can_be_lost_after_the_work(moodle_app: Flask, tool: Tool) -> None:
    caller = Caller(moodle_app, tool)
    caller.lms.faults.plan("scores", Fault(504, after=True), times=2)
    assert caller.score(a_score("2026-11-22T09:00:00Z")).status_code == 504
    assert caller.column.grades[LEARNER].score == 84
    assert caller.score(a_score("2026-11-22T09:00:01Z")).status_code == 504
    assert caller.score(a_score("2026-11-22T09:00:01Z")).status_code == 409
