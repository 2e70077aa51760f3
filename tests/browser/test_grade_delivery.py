"""The delivery console and the receipts in real Chromium: accessible, whole, and usable without scripts."""

import datetime as dt
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from decimal import Decimal

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, Page, expect, sync_playwright

from sca_lms import clock
from sca_lms.courses.models import Enrolment
from sca_lms.courses.rules import Role
from sca_lms.database import db, transaction
from sca_lms.demo.sample import COURSE_ID
from sca_lms.demo.site import Grade
from sca_lms.grades import reconcile
from sca_lms.grades.models import Score
from sca_lms.lti import connection_tests
from sca_lms.lti.models import LtiContext, LtiUser
from tests.browser import two_sites
from tests.browser.examination import Examiner
from tests.browser.test_pieces import CHROMIUM
from tests.browser.two_sites import TwoSites

pytestmark = pytest.mark.browser

NARROW, WIDE = 360, 1280
THAI, ENGLISH = "th", "en"
WHOLE_PAGE = 6_000
"""A window so high that nothing sticky lies over what is examined."""
PATIENCE_MS = 20_000
STRANGER, CHANGED = "102", "103"

Open = Callable[..., tuple[Page, Examiner]]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TwoSites]:
    with two_sites.running(tmp_path_factory.mktemp("delivery")) as found:
        _let_things_happen(found)
        yield found


def _let_things_happen(sites: TwoSites) -> None:
    """Deliver scores, have one changed by a teacher and one refused, and look at the connection."""
    book = sites.host.lms.gradebook
    with sites.host.lms.changing() as site:
        del site.courses[COURSE_ID].members[STRANGER]
    sites.work()
    column = book(COURSE_ID).column(tag="PRE")
    assert column is not None
    at = clock.now() + dt.timedelta(seconds=1)
    sites.host.lms.teacher_grades(column.id, CHANGED, Grade(Decimal(1), "", at, at), at=at)
    with sites.app.app_context():
        list(reconcile.reconcile(1, now=lambda: clock.now() + dt.timedelta(seconds=2)))
        with transaction():
            connection_tests.ask(db.session.scalars(sa.select(LtiContext.id)).one(), at=clock.now())
        connection_tests.run_due(clock.now())


@pytest.fixture
def open_page(chromium: Browser, sites: TwoSites) -> Iterator[Open]:
    """Open a window for somebody; what is wrong on its pages fails the test."""
    examiners: list[Examiner] = []
    with ExitStack() as opened:

        def start(
            token: str, width: int, language: str, *, height: int = WHOLE_PAGE, scripts: bool = True
        ) -> tuple[Page, Examiner]:
            context = chromium.new_context(
                viewport={"width": width, "height": height},
                locale="th-TH" if language == THAI else "en-GB",
                java_script_enabled=scripts,
            )
            opened.callback(context.close)
            context.set_default_timeout(PATIENCE_MS)
            context.add_cookies([{"name": "sca_lms", "value": token, "url": sites.tool}])
            page = context.new_page()
            examiner = Examiner(language)
            examiner.listen(page)
            examiners.append(examiner)
            return page, examiner

        yield start
    assert [fault for examiner in examiners for fault in examiner.faults] == []


def person_of(sites: TwoSites, subject: str) -> tuple[int, int]:
    """Return the enrolment and the score of somebody of the host."""
    with sites.app.app_context():
        row = db.session.execute(
            sa.select(Enrolment.id, Score.id)
            .join(Score, Score.enrolment_id == Enrolment.id)
            .join(LtiUser, LtiUser.person_id == Enrolment.person_id)
            .where(LtiUser.subject == subject)
        ).first()
    assert row is not None
    return row[0], row[1]


@pytest.mark.parametrize("width", [NARROW, WIDE])
@pytest.mark.parametrize("language", [THAI, ENGLISH])
def test_every_page_about_delivery_is_accessible_whole_and_silent(
    open_page: Open, sites: TwoSites, width: int, language: str
) -> None:
    page, examiner = open_page(sites.session_of(Role.INSTRUCTOR), width, language)
    enrolment_id, score_id = person_of(sites, CHANGED)
    paths = (
        "/grades", "/grades/deliveries", "/grades/deliveries?state=refused&column=PRE",
        "/grades/deliveries?q=zzzz", f"/grades/people/{enrolment_id}", f"/grades/scores/{score_id}/withdraw",
        "/grades/connection", "/grades/quizzes", "/learners",
    )  # fmt: skip
    for path in paths:
        answer = page.goto(f"{sites.course}{path}")
        assert answer is not None
        assert answer.status == 200, path
        examiner.examine(page.main_frame)
    assert len(examiner.examined) == len(paths)


@pytest.mark.parametrize(("width", "language"), [(NARROW, THAI), (WIDE, ENGLISH)])
def test_receipts_are_accessible_whole_and_silent(
    open_page: Open, sites: TwoSites, width: int, language: str
) -> None:
    page, examiner = open_page(sites.session_of_person(CHANGED), width, language)
    page.goto(f"{sites.course}/grades")
    page.wait_for_url("**/grades/mine")
    page.locator(".receipts details summary").first.click()
    examiner.examine(page.main_frame)


def test_a_comparison_shows_its_result_by_itself(open_page: Open, sites: TwoSites) -> None:
    page, examiner = open_page(sites.session_of(Role.INSTRUCTOR), WIDE, ENGLISH)
    page.goto(f"{sites.course}/grades")
    page.get_by_role("button", name="Compare now").click()
    expect(page.locator("#comparison")).to_contain_text("A comparison is under way.")
    examiner.examine(page.main_frame, "a comparison under way")
    threading.Thread(target=sites.work).start()
    expect(page.locator("#comparison")).to_contain_text("differs.", timeout=PATIENCE_MS)
    assert page.locator("[hx-trigger]").count() == 0, "it does not go on asking"


def test_everything_works_without_scripts_and_on_a_phone(open_page: Open, sites: TwoSites) -> None:
    page, _examiner = open_page(sites.session_of(Role.INSTRUCTOR), NARROW, ENGLISH, height=800, scripts=False)
    page.goto(f"{sites.course}/grades")
    page.get_by_role("link", name="Show PRE Refused by the LMS").click()
    page.locator("input[name=score]").first.check()
    page.get_by_role("button", name="Send the ticked ones again").click()
    expect(page.get_by_text("1 score is sent again within a minute.")).to_be_visible()
    assert "state=refused" in page.url
    enrolment_id, score_id = person_of(sites, CHANGED)
    page.goto(f"{sites.course}/grades/people/{enrolment_id}")
    page.locator(f"a[href$='/scores/{score_id}/withdraw']").click()
    page.get_by_role("link", name="Leave it in the LMS").click()
    page.get_by_role("button", name="Keep the score of the LMS").click()
    expect(page.get_by_text("The score of the LMS is kept; ours is not sent over it.")).to_be_visible()
    page.get_by_role("button", name="Send ours over it").click()
    expect(page.get_by_text("Our score is sent over the one in the LMS")).to_be_visible()
    sites.work()
    page.reload()
    expect(page.locator("main")).to_contain_text("Sent")
