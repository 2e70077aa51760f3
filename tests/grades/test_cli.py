"""Operators see at the shell what became of everybody's scores."""

import json
import threading

import click
import pytest
from flask import Flask

from sca_lms import clock
from sca_lms.demo.faults import Fault
from sca_lms.demo.site import SiteRole
from sca_lms.grades import cli, duties, worker
from tests.grades.world import HOST_COURSE, World


def rows(app: Flask, *arguments: str) -> list[dict[str, object]]:
    result = app.test_cli_runner().invoke(cli.grades_group, [*arguments])
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.output.splitlines()]


def test_status_says_state_and_reason_for_everybody(moodle: World) -> None:
    with moodle.lms.changing() as site:
        site.courses[HOST_COURSE].members["32"] = SiteRole.INSTRUCTOR
    moodle.mark("31", "66.67")
    moodle.mark("32", "50")
    moodle.work()
    found = {row["sub"]: row for row in rows(moodle.app, "status", str(moodle.course_id), "--json")}
    assert found["31"]["state"] == "delivered"
    assert (found["31"]["column"], found["31"]["value"], found["31"]["maximum"]) == ("PRE", 66.67, 100)
    assert found["32"]["state"] == "refused"
    assert "not a learner" in str(found["32"]["reason"])
    assert found["33"]["state"] == "nothing"
    assert found["31"]["name"] == "คนที่ 31 แก้วมณี"


def test_status_in_plain_lines_names_person_column_state_and_reason(moodle: World) -> None:
    moodle.mark("31", "66.67")
    moodle.work()
    result = moodle.app.test_cli_runner().invoke(cli.grades_group, ["status"])
    (line,) = [line for line in result.output.splitlines() if " 31 " in line and "PRE" in line]
    assert "delivered" in line
    assert "66.67/100" in line
    assert "Sent" in line


def test_a_score_that_the_worker_has_not_worked_out_yet_is_told_apart_from_none(moodle: World) -> None:
    moodle.mark("31", "66.67")
    for command in (
        ["status", str(moodle.course_id), "--json"],
        ["why", str(moodle.course_id), "31", "--json"],
    ):
        found = {row["sub"]: row for row in rows(moodle.app, *command) if "sub" in row}
        assert found["31"]["state"] == "nothing"
        assert "sca-lms worker" in str(found["31"]["reason"])
    moodle.work()
    told = [row["reason"] for row in rows(moodle.app, "status", str(moodle.course_id), "--json")]
    assert not [reason for reason in told if "sca-lms worker" in str(reason)]


def test_why_tells_the_whole_story_of_one_person(moodle: World) -> None:
    moodle.lms.faults.plan("scores", Fault(503))
    moodle.mark("31", "40")
    moodle.work()
    facts = rows(moodle.app, "why", str(moodle.course_id), "31", "--json")
    assert facts[0]["state"] == "waiting"
    kinds = [fact.get("fact") for fact in facts[1:]]
    assert kinds == ["column", "score", "event"]
    event = facts[-1]
    assert (event["state"], event["detail"], event["value"]) == ("waiting", "HTTP 503", 40)
    assert "error of its own" in str(event["reason"])


@pytest.mark.parametrize("arguments", [("status", "999"), ("why", "999", "31"), ("send-again", "999")])
def test_an_unknown_course_is_said_to_be_unknown(app: Flask, arguments: tuple[str, ...]) -> None:
    result = app.test_cli_runner().invoke(cli.grades_group, [*arguments])
    assert result.exit_code == 1
    assert "no course 999" in result.output


def test_an_unknown_person_is_said_to_be_unknown(moodle: World) -> None:
    result = moodle.app.test_cli_runner().invoke(cli.grades_group, ["why", str(moodle.course_id), "nobody"])
    assert result.exit_code == 1
    assert "Nobody in course" in result.output


def test_reconcile_prints_figures_for_each_column(moodle: World) -> None:
    moodle.mark("31", "40")
    moodle.work()
    (found,) = rows(moodle.app, "reconcile", str(moodle.course_id))
    assert (found["column"], found["matched"], found["changed"], found["missing"]) == ("PRE", 1, 0, 0)
    assert found["failure"] is None


def test_a_deleted_column_is_made_again_from_the_shell(moodle: World) -> None:
    moodle.mark("31", "40")
    moodle.work()
    with moodle.lms.changing() as site:
        site.line_items.clear()
    moodle.mark("31", "50")
    moodle.work()
    result = moodle.app.test_cli_runner().invoke(
        cli.grades_group, ["send-again", str(moodle.course_id), "--recreate"]
    )
    assert result.exit_code == 0, result.output
    assert moodle.work() == 0
    assert moodle.shown("31") == 50


def test_the_worker_command_says_by_its_exit_code_what_is_left(moodle: World) -> None:
    runner = moodle.app.test_cli_runner()
    moodle.mark("31", "40")
    # A drain does what becomes due before its end, and its other work may take longer than a first wait.
    moodle.lms.faults.plan("scores", Fault(503, headers={"Retry-After": "120"}))
    assert runner.invoke(cli.worker_command, ["--drain"]).exit_code == 3
    moodle.lms.faults.plan("scores", Fault(400, body="no"), times=1)
    with moodle.changing():
        pass
    assert runner.invoke(cli.worker_command, ["--drain"]).exit_code == 3


def test_the_worker_stops_when_it_is_told_to(moodle: World) -> None:
    stop = threading.Event()
    moodle.mark("31", "40")
    moodle.wire.after = lambda _method, path: stop.set() if path.endswith("/scores") else None
    assert worker.run(moodle.app, stop, drain=False) == 0
    assert moodle.shown("31") == 40


def test_the_worker_does_what_other_packages_want_done(moodle: World) -> None:
    seen: list[object] = []
    moodle.app.extensions[duties.JOBS] = [seen.append]
    before = clock.now()
    assert moodle.work() == 0
    assert len(seen) == 1
    assert before <= seen[0] <= clock.now()  # type: ignore[operator]  # Jobs are given the time.


def test_commands_have_help() -> None:
    for command in (cli.worker_command, cli.grades_group):
        assert isinstance(command, click.Command)
        assert command.help
