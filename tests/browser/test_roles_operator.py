"""The operator, who comes by the operator's way, and a judge, for whom the tool has no pages of its own."""

import json

import pytest
import sqlalchemy as sa
from alembic import command
from playwright.sync_api import expect

from sca_lms import schema
from sca_lms.courses.models import Enrolment
from sca_lms.courses.rules import Role
from sca_lms.database import WRITES, db, transaction
from sca_lms.lti.models import LtiUser
from tests.browser.stories import ENGLISH, NARROW, THAI, WIDE, Story, Tell
from tests.browser.two_sites import TwoSites

pytestmark = pytest.mark.browser

JUDGE = "304"
WHOLE_PAGE = 4_000


def test_an_operator_comes_in_by_a_link_and_looks_after_the_installation(
    tell: Tell, story_sites: TwoSites
) -> None:
    sites = story_sites
    as_an_installation_has_it(sites)
    story = tell(WIDE, ENGLISH, WHOLE_PAGE)
    story.frame = story.page.main_frame
    story.page.goto(sites.operator_link())
    story.follow(story.button("Enter"))
    expect(story.heading()).to_have_text("Hosts")
    looks_after_a_host(story)
    finds_out_why_a_launch_was_refused(story)
    story.go("Keys")
    story.go("Audit log")
    expect(story.frame.locator("main")).to_contain_text("Deployment")
    story.go("How long data is kept")
    answer = story.page.goto(f"{sites.tool}/readyz")
    assert answer is not None
    assert (answer.status, json.loads(answer.text())["ready"]) == (200, True)


def as_an_installation_has_it(sites: TwoSites) -> None:
    """Write down which revision the tables have, as `sca-lms db upgrade` does."""
    with sites.app.app_context(), db.engine.connect() as connection:
        writing = connection.execution_options(**{WRITES: True})
        with writing.begin():
            command.stamp(schema.alembic_config(writing), "head")


def looks_after_a_host(story: Story) -> None:
    story.follow(story.link("Pretend LMS"))
    story.follow(story.button("Test the connection"))
    expect(story.frame.locator("main")).to_contain_text("let in")
    deployments = story.frame.locator("form[action*='/deployments/'] button")
    expect(deployments).to_have_text("Keep out")
    story.follow(deployments)
    expect(deployments).to_have_text("Let in")
    story.follow(deployments)
    expect(deployments).to_have_text("Keep out")


def finds_out_why_a_launch_was_refused(story: Story) -> None:
    """Somebody opens the address of launches by hand; the reference on their page leads to the reason."""
    tool = story.sites.tool
    refused = story.page.context.new_page()
    refused.goto(
        f"{tool}/lti/login?iss=https%3A%2F%2Funknown.example.org&login_hint=7&target_link_uri={tool}"
    )
    reference = refused.locator(".reference, code").first.inner_text().strip()
    refused.close()
    story.go("Refused launches")
    story.search(story.frame.get_by_role("searchbox"), reference)
    expect(story.frame.locator("main")).to_contain_text(reference)


def test_a_judge_who_launches_gets_a_clear_page(tell: Tell, story_sites: TwoSites) -> None:
    sites = story_sites
    make_a_judge(sites)
    story = tell(NARROW, THAI)
    story.come_in(JUDGE)
    story.look("the first page of a judge")
    expect(story.heading()).to_have_text("เตรียมตัวก่อนเข้าค่าย")
    for name in ("ตารางเวลา", "ปฏิทิน"):
        story.go(name)
    answer = story.frame.goto(f"{sites.course}/learners")
    assert answer is not None
    assert answer.status == 403, "those who judge see no list of learners"
    expect(story.heading()).to_be_visible()


def make_a_judge(sites: TwoSites) -> None:
    """Let the host's assistant be a judge here, as a list of pairs and judges does."""
    with sites.app.app_context(), transaction():
        enrolment = db.session.scalars(
            sa.select(Enrolment)
            .join(LtiUser, LtiUser.person_id == Enrolment.person_id)
            .where(LtiUser.subject == JUDGE)
        ).one()
        enrolment.roles = frozenset({Role.JUDGE})
