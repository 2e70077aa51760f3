"""The operator's shell: programmes in and out again, and what the worker's exit code says."""

import datetime as dt
import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest
import time_machine
import yaml

from sca_lms import clock
from sca_lms.config import Settings
from sca_lms.courses.cli import export_programme, import_programme
from sca_lms.courses.models import Programme
from sca_lms.demo.faults import Fault
from sca_lms.grades.cli import grades_group, worker_command
from tests.journeys import studying
from tests.journeys.stage import COURSE, LEARNER, TEACHER, Stage
from tests.programmes.samples import PROJECT, SAMPLE, sample_text

NOTHING_LEFT, SOMETHING_WAITS = 0, 3


def test_a_file_imported_for_a_course_comes_out_the_same_and_adds_nothing_the_second_time(
    stage: Stage, tmp_path: Path
) -> None:
    teacher = stage.someone(TEACHER)
    home = stage.add_activity()
    teacher.enter(home)
    said = stage.shell(import_programme, str(SAMPLE), "--course", "1")
    assert "SCA-GEN2 revision 1 is in use in course 1" in said
    assert teacher.enter(home).url.endswith("/courses/1/learners")
    file = tmp_path / "out.yaml"
    stage.shell(export_programme, "--course", "1", "--output", str(file))
    written = file.read_text(encoding="utf-8")
    assert yaml.safe_load(written) == yaml.safe_load(sample_text())
    assert "revision 1 " in stage.shell(import_programme, str(file), "--course", "1")
    assert stage.count(Programme) == 1
    assert stage.shell(export_programme, "SCA-GEN2") == written


def test_an_import_into_a_course_that_is_not_there_stores_nothing(stage: Stage) -> None:
    result = stage.try_at_shell(import_programme, str(SAMPLE), "--course", "77")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "There is no course 77" in result.stderr
    assert stage.count(Programme) == 0


@pytest.mark.parametrize("arguments", [[], ["--course", "1"]])
def test_a_faulty_file_is_refused_whole_with_line_and_field(
    stage: Stage, tmp_path: Path, arguments: list[str]
) -> None:
    stage.someone(TEACHER).enter(stage.add_activity())
    file = tmp_path / "faulty.yaml"
    file.write_text(sample_text().replace("weight: 25,", "weight: 20,", 1), encoding="utf-8")
    result = stage.try_at_shell(import_programme, str(file), *arguments)
    assert result.exit_code == 1
    assert result.stderr.startswith(f"{file}:")
    assert "line_items: the weights add up to 95" in result.stderr
    assert stage.count(Programme) == 0


def hand_in_a_quiz(stage: Stage) -> None:
    """Let a learner reach a score that is due."""
    stage.store_programme()
    home = stage.add_activity(graded=True)
    teacher = stage.someone(TEACHER)
    teacher.submit(teacher.enter(home).form(leads_to="/programme/1"))
    learner = stage.someone(LEARNER)
    learner.enter(home)
    attempt = studying.begin_quiz(learner, learner.see("/courses/1/modules/PB1/PB1.4"))
    studying.hand_in(learner, attempt, studying.all_right(attempt))


def test_the_worker_ends_with_3_while_something_waits_and_with_0_once_it_was_sent(stage: Stage) -> None:
    hand_in_a_quiz(stage)
    # A drain does what becomes due before its end, and its other work may take longer than a first wait.
    stage.lms.faults.plan("scores", Fault(503, headers={"Retry-After": "120"}))
    assert stage.try_at_shell(worker_command, "--drain").exit_code == SOMETHING_WAITS
    assert stage.shown(LEARNER) is None
    assert "waiting" in stage.shell(grades_group, "status", "1")
    with time_machine.travel(clock.now() + dt.timedelta(minutes=10), tick=True):
        assert stage.try_at_shell(worker_command, "--drain").exit_code == NOTHING_LEFT
        assert "delivered" in stage.shell(grades_group, "status", "1")
    assert stage.shown(LEARNER) == Decimal("12.5")


def test_a_score_that_the_host_refuses_for_good_does_not_hold_the_worker_up(stage: Stage) -> None:
    hand_in_a_quiz(stage)
    with stage.lms.changing() as site:
        del site.courses[COURSE].members[LEARNER]
    assert stage.try_at_shell(worker_command, "--drain").exit_code == NOTHING_LEFT
    lines = stage.shell(grades_group, "status", "1").splitlines()
    (line,) = [each for each in lines if "PRE" in each and "ปวีณา" in each]
    assert "refused" in line
    assert "Enrol them there as a learner" in line, "it says who has to do what"


def test_a_worker_of_its_own_process_tells_by_its_exit_code_what_is_left(
    stage: Stage, settings: Settings
) -> None:
    with time_machine.travel(dt.datetime.fromtimestamp(real_seconds(), dt.UTC), tick=True):
        hand_in_a_quiz(stage)
    stage.lms.faults.plan("token", Fault(503, headers={"Retry-After": "120"}), times=10)
    waiting = drain(settings)
    assert waiting.returncode == SOMETHING_WAITS, waiting.stderr
    assert "Traceback" not in waiting.stderr


def real_seconds() -> float:
    """Return the time that other processes have, whatever this test pretends."""
    return time_machine.escape_hatch.time.time()


def drain(settings: Settings) -> subprocess.CompletedProcess[str]:
    """Run `sca-lms worker --drain` with the settings of the test in its environment."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SCA_LMS_")}
    environment |= {
        "SCA_LMS_DATABASE_URL": settings.database_url,
        "SCA_LMS_DATA_DIR": str(settings.data_dir),
        "SCA_LMS_PUBLIC_URL": settings.public_url,
        "SCA_LMS_SECRET_KEY": settings.secret_key,
        "SCA_LMS_ALLOW_PRIVATE_PLATFORMS": "on",
    }
    command = [sys.executable, "-m", "sca_lms", "worker", "--drain"]
    return subprocess.run(
        command, env=environment, cwd=PROJECT, capture_output=True, text=True, timeout=120, check=False
    )
