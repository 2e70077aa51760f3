"""A host comes, an instructor adds the programme, a learner finishes a module, and the host has the score."""

import re
from decimal import Decimal
from urllib.parse import urlsplit

import pytest
from flask import Flask

from sca_lms.courses.rules import Role
from sca_lms.demo.manners import Personality
from sca_lms.demo.personalities import CANVAS, MOODLE, OPENEDX
from sca_lms.demo.site import ToolState
from sca_lms.grades.cli import worker_command
from sca_lms.lti import cli as lti_cli
from tests.journeys import studying
from tests.journeys.pages import Page
from tests.journeys.stage import CLASSMATE, COURSE, LEARNER, MANAGER, TEACHER, TOOL, Stage, Visitor, running

ACTIVITY = "บทบาทและหน้าที่ของนักดิจิทัลพัฒนาเมือง"
"""The host gets the title in the language of the course; the page has it in the reader's."""


def register_by_invite(stage: Stage) -> None:
    """Let the host's manager open our invite in the host and switch the tool on there."""
    invite = re.search(r"https://\S+", stage.shell(lti_cli.platform_group, "invite"))
    assert invite is not None
    manager = stage.someone(MANAGER)
    page = manager.open(f"{stage.host.url}/admin/register", [("url", invite[0])], method="POST")
    preview = manager.look_into(page)
    assert preview.status == 200, preview.words
    done = manager.submit(preview.form(leads_to="/lti/register"))
    assert done.status == 200, done.words
    tool = stage.tool()
    manager.open(f"{stage.host.url}/admin/tools/{tool.client_id}/activate", method="POST")
    assert stage.tool().state is ToolState.ACTIVE


def approve(stage: Stage) -> None:
    """Let the host in at the shell."""
    (platform_id,) = re.findall(r'"id": (\d+)', stage.shell(lti_cli.platform_group, "list"))
    stage.shell(lti_cli.platform_group, "approve", platform_id)


def deep_link_everything(teacher: Visitor) -> Page:
    """Choose the programme, then add all of it to the host's course; the columns come along."""
    picker = teacher.pick()
    assert "data-scope" not in picker.text, "a course without a programme has nothing to offer"
    choosing = teacher.open(picker.link_to("/programme"))
    teacher.submit(choosing.form(leads_to="/programme/1"))
    picker = teacher.open(picker.url)
    adding = next(form for form in picker.forms if ("scope", "whole") in form.filled_in)
    (button,) = [words for words, sent in adding.buttons.items() if ("action", "add") in sent]
    return teacher.submit(adding, button)


def mark_present(teacher: Visitor, learner_id: int) -> Page:
    """Tick one learner in the attendance list of the first class."""
    listed = teacher.see(f"/courses/1/modules/{studying.MODULE}/{studying.CLASS}/attendance")
    return teacher.submit(listed.form(leads_to="/attendance"), present=[str(learner_id)])


def finish_the_first_module(stage: Stage, learner: Visitor, teacher: Visitor, first_page: Page) -> Page:
    """Read, watch, be marked present and answer everything right; returns the page of the module."""
    reading = learner.open(first_page.link_to(studying.READING))
    read = studying.read(learner, reading)
    assert read.status == 200
    video = learner.open(read.link_to(studying.VIDEO))
    assert studying.watch(learner, video, (0, 30))["done"] is False
    assert studying.watch(learner, video, (30, 60)) == {"percent": 100, "done": True, "held_back": False}
    marked = mark_present(teacher, stage.enrolment_id(LEARNER))
    assert marked.status == 200
    attempt = studying.begin_quiz(learner, learner.open(read.link_to(studying.QUIZ)))
    review = studying.hand_in(learner, attempt, studying.all_right(attempt, "en"))
    assert review.url.endswith("/review")
    assert "100" in review.words
    return learner.open(first_page.url)


@pytest.mark.parametrize("personality", [MOODLE, CANVAS, OPENEDX], ids=lambda kind: str(kind.name))
def test_from_the_registration_of_a_host_to_the_score_in_its_gradebook(
    app: Flask, personality: Personality
) -> None:
    with running(app, personality) as stage:
        stage.store_programme()
        if personality is OPENEDX:
            # Open edX has no dynamic registration: both sides copy names and addresses.
            stage.connect()
        else:
            register_by_invite(stage)
            approve(stage)
        teacher = stage.someone(TEACHER, language="en")
        added = deep_link_everything(teacher)
        assert added.url.startswith(stage.host.url), added.words
        assert len(stage.lms.state.activities) == 9, "the home and eight modules"
        assert [each.tag for each in stage.lms.gradebook(COURSE).columns] == ["PRE"]

        learner = stage.someone(LEARNER, language="en")
        first_page = learner.enter(stage.activity_called(ACTIVITY))
        assert first_page.url == f"{TOOL}/courses/1/modules/PB1"
        assert first_page.heading == "Roles and duties of a Smart City Ambassador"
        stage.someone(CLASSMATE).enter(stage.activity_called(ACTIVITY))
        module = finish_the_first_module(stage, learner, teacher, first_page)
        assert "Nothing is missing" in module.words

        result = app.test_cli_runner().invoke(worker_command, ["--drain"])
        assert result.exit_code == 0, result.output
        assert stage.shown(LEARNER) == Decimal("12.5")
        assert stage.shown(CLASSMATE) is None
        of_learner = learner.open(f"{stage.host.url}/courses/{COURSE}/gradebook")
        assert "12.5" in of_learner.words

        grades = learner.see("/courses/1/grades")
        assert "12.5 / 100" in grades.words
        assert "Sent" in grades.words
        table = teacher.see("/courses/1/learners")
        # One of eight modules complete, and 12.5 of a hundred points of a column that weighs fifteen percent.
        assert "1 / 8" in table.row("ปวีณา แก้วมณี")
        assert "1.88%" in table.row("ปวีณา แก้วมณี")
        assert "1.88%" not in table.row("ธนกร ศรีสุข")
        assert "12.5" in teacher.see("/courses/1/gradebook").words
        of_teacher = teacher.open(f"{stage.host.url}/courses/{COURSE}/gradebook")
        assert "12.5" in of_teacher.row("ปวีณา แก้วมณี")
        assert stage.work() == 0, "a second run has nothing to send"
        assert len(stage.lms.state.arrivals) == 1


def test_a_host_that_registered_itself_is_kept_out_until_the_operator_lets_it_in(app: Flask) -> None:
    with running(app) as stage:
        register_by_invite(stage)
        teacher = stage.someone(TEACHER)
        kept_out = teacher.pick()
        assert (kept_out.status, kept_out.headers["X-Error-Code"]) == (403, "platform-inactive")
        operator = stage.operator()
        host = operator.open(operator.see("/operator/hosts/").link(urlsplit(stage.host.url).netloc))
        (approving,) = [form for form in host.forms if ("state", "approved") in form.filled_in]
        assert operator.submit(approving).status == 200
        assert teacher.pick().status == 200
        assert stage.roles(TEACHER) == {Role.INSTRUCTOR}
        assert "platform-inactive" in operator.see("/operator/hosts/launches").words


def test_an_invite_registers_one_host_and_no_second_one(app: Flask) -> None:
    with running(app) as stage, running(app) as another:
        token = re.search(r"invite=(\S+)", stage.shell(lti_cli.platform_group, "invite"))
        assert token is not None
        for each in (stage, another):
            begun = each.lms.begin_registration()
            fields = [("invite", token[1]), *begun.parameters.items()]
            each.someone(MANAGER).open(f"{TOOL}/lti/register", fields, method="POST")
        assert len(stage.lms.state.tools) == 1
        assert len(another.lms.state.tools) == 0
