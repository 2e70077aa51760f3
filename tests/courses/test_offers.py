"""A stored programme is offered to the courses it is meant for, and to no other."""

from pathlib import Path

import pytest
import sqlalchemy as sa
import yaml
from flask import Flask

from sca_lms import clock
from sca_lms.courses.cli import import_programme
from sca_lms.courses.models import AuditEvent, Course
from sca_lms.courses.queries import newest_programme
from sca_lms.courses.rules import Role
from sca_lms.database import db, transaction
from sca_lms.lti.models import LtiContext
from tests.builders import a_course, an_enrolment, signed_in
from tests.lti.platform_double import Host, connected
from tests.programmes.samples import SAMPLE, sample_document

ENGLISH = {"Accept-Language": "en"}


class Installation:
    """A tool with two hosts, each of which opens one course."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        network = connected(app)
        self.hosts = [
            Host(app, network, issuer=f"https://{name}.example.edu").register().platform_id
            for name in ("one", "two")
        ]
        with app.app_context(), transaction():
            self.teachers = [self._course_of(platform_id) for platform_id in self.hosts]

    def _course_of(self, platform_id: int) -> tuple[int, int]:
        course = a_course()
        db.session.add(
            LtiContext(
                platform_id=platform_id,
                tenant="",
                context_id="7",
                course_id=course.id,
                updated_at=clock.now(),
            )
        )
        return course.id, an_enrolment(course, roles={Role.INSTRUCTOR}).id

    def shell(self, *arguments: str, file: Path = SAMPLE) -> str:
        result = self.app.test_cli_runner().invoke(import_programme, [str(file), *arguments])
        assert result.exit_code == 0, result.output
        return result.output

    def refuse(self, *arguments: str) -> tuple[int, str]:
        result = self.app.test_cli_runner().invoke(import_programme, [str(SAMPLE), *arguments])
        return result.exit_code, result.output

    def offered(self) -> list[bool]:
        """Tell for the course of each host whether its instructor may choose the programme, or update it."""
        found = []
        with self.app.app_context():
            newest = newest_programme("SCA-GEN2")
            assert newest is not None
            programme_id = newest.id
        for course_id, enrolment_id in self.teachers:
            browser = signed_in(self.app, enrolment_id)
            page = browser.get(f"/courses/{course_id}/programme", headers=ENGLISH).text
            address = f"/courses/{course_id}/programme/{programme_id}"
            token = page.partition('"X-CSRF-Token": "')[2].partition('"')[0]
            answer = browser.post(address, headers={"X-CSRF-Token": token})
            assert answer.status_code in {302, 404}
            assert answer.status_code == 302 or address not in page
            found.append(answer.status_code == 302)
        return found


@pytest.fixture
def installation(app: Flask) -> Installation:
    return Installation(app)


def test_a_template_is_offered_to_every_host(installation: Installation) -> None:
    assert installation.shell() == "SCA-GEN2 revision 1 is stored as a template.\n"
    assert installation.offered() == [True, True]


def test_a_template_for_one_host_is_nothing_to_the_courses_of_another(installation: Installation) -> None:
    only = str(installation.hosts[1])
    told = installation.shell("--platform", only)
    assert told == f"SCA-GEN2 revision 1 is stored as a template for courses of platform {only}.\n"
    assert installation.offered() == [False, True]


def test_a_newer_file_is_offered_to_those_to_whom_the_older_one_was(
    installation: Installation, tmp_path: Path
) -> None:
    installation.shell("--platform", str(installation.hosts[0]))
    newer = sample_document()
    programme = newer["programme"]
    assert isinstance(programme, dict)
    programme["title"] = {"th": "ใหม่", "en": "New"}
    file = tmp_path / "newer.yaml"
    file.write_text(yaml.safe_dump(newer, allow_unicode=True), encoding="utf-8")
    assert "revision 2" in installation.shell(file=file)
    assert installation.offered() == [True, False]
    assert "revision 2" in installation.shell("--all-platforms", file=file)
    assert installation.offered() == [True, True]
    with installation.app.app_context():
        lines = db.session.scalars(sa.select(AuditEvent).where(AuditEvent.verb == "offer-programme")).all()
        assert [line.after for line in lines] == [
            {"platforms": [installation.hosts[0]]},
            {"platforms": None},
        ]


def test_what_is_stored_for_one_course_is_offered_to_no_other(installation: Installation) -> None:
    course_id = installation.teachers[0][0]
    told = installation.shell("--course", str(course_id))
    assert told == f"SCA-GEN2 revision 1 is in use in course {course_id}.\n"
    assert installation.offered() == [False, False]
    with installation.app.app_context():
        assert db.session.get_one(Course, course_id).programme_id is not None
    installation.shell()
    assert installation.offered() == [True, True]


def test_options_that_contradict_each_other_or_name_no_host_are_refused(installation: Installation) -> None:
    assert installation.refuse("--course", "1", "--platform", "1")[0] == 2
    assert installation.refuse("--all-platforms", "--platform", "1")[0] == 2
    code, words = installation.refuse("--platform", "999", "--platform", str(installation.hosts[0]))
    assert code == 1
    assert "There is no platform 999" in words
