"""The demo keeps to its own database and opens the programme in the middle of its bootcamp."""

import datetime as dt
import subprocess
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from sca_lms.app import create_app
from sca_lms.assessments.models import Attempt
from sca_lms.assessments.rules import AttemptState
from sca_lms.config import Settings
from sca_lms.courses import queries as people
from sca_lms.courses.models import Course, Programme
from sca_lms.database import db
from sca_lms.demo import directory
from sca_lms.demo.cli import SAMPLE, demo_command, prepare
from sca_lms.demo.directory import ENVIRONMENT, MARKER, DemoRefused
from sca_lms.demo.seeding import days_to_shift
from sca_lms.grades.sources import pre_bootcamp
from sca_lms.lti.models import LtiUser, Platform, ResourceLink
from sca_lms.modules import queries as modules
from sca_lms.modules.plan import UnitType
from sca_lms.modules.standing import CourseStanding, UnitStanding
from sca_lms.programmes import programme_file


def run(*arguments: str, environment: dict[str, str] | None = None) -> BaseException | None:
    return CliRunner(env=environment or {}).invoke(demo_command(create_app), arguments).exception


def test_a_production_database_is_never_touched(tmp_path: Path) -> None:
    refused = run(
        "--data-dir", str(tmp_path), environment={"SCA_LMS_DATABASE_URL": "postgresql://db/production"}
    )
    assert isinstance(refused, DemoRefused)
    assert "SCA_LMS_DATABASE_URL" in str(refused)
    assert list(tmp_path.iterdir()) == []


def test_a_directory_that_is_no_demo_is_never_touched(tmp_path: Path) -> None:
    (tmp_path / "sca-lms.sqlite3").write_text("precious", encoding="ascii")
    for arguments in (("--data-dir", str(tmp_path)), ("--fresh", "--data-dir", str(tmp_path))):
        assert isinstance(run(*arguments), DemoRefused)
    assert (tmp_path / "sca-lms.sqlite3").read_text(encoding="ascii") == "precious"


def test_two_demos_never_share_a_directory(tmp_path: Path) -> None:
    with directory.claimed(tmp_path):
        directory.complete(tmp_path, "http://localhost:8100")
        for arguments in ((), ("--fresh",), ("--port", "8800")):
            refused = run(*arguments, "--data-dir", str(tmp_path))
            assert isinstance(refused, DemoRefused)
            assert "A demo is running in" in str(refused)
            assert "open http://localhost:8100" in str(refused)
    assert directory.made_for(tmp_path) == "http://localhost:8100"


def test_what_was_begun_and_not_finished_is_begun_again(tmp_path: Path) -> None:
    with directory.claimed(tmp_path):
        (tmp_path / "sca-lms.sqlite3").write_text("half", encoding="ascii")
        (tmp_path / "files").mkdir()
    with directory.claimed(tmp_path):
        assert directory.made_for(tmp_path) == ""
        directory.empty(tmp_path)
    assert [entry.name for entry in tmp_path.iterdir()] == [MARKER]


def test_the_settings_of_a_demo_can_be_read_by_a_shell(tmp_path: Path) -> None:
    data_dir = tmp_path / "it's mine; $HOME"
    data_dir.mkdir()
    written = directory.write_environment(data_dir, {"SCA_LMS_DATA_DIR": str(data_dir)})
    assert written == data_dir / ENVIRONMENT
    assert written.stat().st_mode & 0o077 == 0
    shell = 'set -a; . "$0"; set +a; printenv SCA_LMS_DATA_DIR'
    told = subprocess.run(["/bin/sh", "-c", shell, str(written)], check=True, capture_output=True, text=True)
    assert told.stdout == f"{data_dir}\n"


@pytest.mark.parametrize("today", [dt.date(2026, 11, 22), dt.date(2030, 2, 28), dt.date(2022, 9, 18)])
def test_today_is_in_the_middle_of_the_bootcamp(today: dt.date) -> None:
    document = programme_file.check(SAMPLE.read_bytes()).document
    days = days_to_shift(document, today=today)
    assert days % 7 == 0
    moved = programme_file.shift_dates(document, days)["bootcamp"]
    assert isinstance(moved, dict)
    start, end = (dt.date.fromisoformat(str(moved[edge])) for edge in ("start", "end"))
    assert start < today < end
    assert min(today - start, end - today) > dt.timedelta(days=7)


def test_the_sample_is_there_after_one_preparation_and_not_twice(tmp_path: Path) -> None:
    settings = Settings(
        database_url=f"sqlite:///{tmp_path / 'demo.sqlite3'}",
        data_dir=tmp_path,
        public_url="http://127.0.0.1:8000",
        secret_key="a-test-key-that-is-long-enough-0123456789",
        allow_private_platforms=True,
        log_level="error",
    )
    for _ in range(2):
        prepare(create_app, settings, tmp_path, "http://localhost:8100")
    assert (tmp_path / MARKER).exists()
    with pytest.raises(DemoRefused, match="made for http://localhost:8100"):
        prepare(create_app, settings, tmp_path, "http://localhost:8800")
    app = create_app(settings)
    with app.app_context():
        course = db.session.scalars(sa.select(Course)).one()
        assert db.session.scalars(sa.select(Programme)).one().code == "SCA-GEN2"
        assert db.session.scalars(sa.select(Platform)).one().issuer == "http://localhost:8100"
        assert len(db.session.scalars(sa.select(LtiUser)).all()) == 35
        links = db.session.scalars(sa.select(ResourceLink).order_by(ResourceLink.id)).all()
        assert [(link.activity, bool(link.line_item_url)) for link in links] == [
            ("home", True),
            ("module:PB1", False),
        ]
        states = [attempt.state for attempt in db.session.scalars(sa.select(Attempt))]
        assert states.count(AttemptState.IN_PROGRESS) == 1
        learners = db.session.scalars(people.counted_learners(course.id)).all()
        standings = modules.standings(course.id, learners, at=dt.datetime.now(dt.UTC))
        done = sorted(standing.units_done for standing in standings.values())
        assert len(done) == 14
        assert done[0] == 0
        assert done[-1] == 34
        scores = pre_bootcamp(course.id, list(standings))
        reached = {score for score in scores.values() if score is not None}
        assert Decimal(100) in reached
        assert len(reached) > 8
        failed = [unit for standing in standings.values() for unit in failed_quizzes(standing)]
        assert len(failed) == 1
        db.session.remove()
        db.engine.dispose()


def failed_quizzes(standing: CourseStanding) -> list[UnitStanding]:
    """Return the quizzes of a learner that were handed in and not passed."""
    return [
        unit
        for module in standing.modules
        for unit in module.units
        if unit.plan.type is UnitType.QUIZ and unit.percent is not None and not unit.done
    ]
