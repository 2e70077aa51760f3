"""The quiz editor in real Chromium: a quiz is made by keyboard alone, and its pages fit and can be read."""

from pathlib import Path

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, Locator, Page, expect

from sca_lms import clock
from sca_lms.assessments import bank_operations
from sca_lms.assessments.bank_operations import Content
from sca_lms.assessments.models import Quiz, QuizSlot
from sca_lms.assessments.question_types import document_of
from sca_lms.courses.models import Course
from sca_lms.courses.rules import Role
from sca_lms.database import db, transaction
from tests.assessments.builders import LAW, YEARS
from tests.assessments.house import House
from tests.builders import a_person, an_enrolment

pytestmark = pytest.mark.browser

AXE = Path(__file__).parents[1] / "browser" / "vendor" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
MOST_TABS = 150
SHELF = "Energy"


def shelved(house: House) -> tuple[int, list[int]]:
    """Put four questions on a shelf of the bank and return an author and the numbers of the questions."""
    with house.app.app_context(), transaction():
        course = db.session.get_one(Course, house.course_id)
        author = an_enrolment(course, a_person("ผู้แต่ง"), roles={Role.AUTHOR})
        shelf = bank_operations.shelf_of(course.id, SHELF, at=clock.now())
        made = [
            bank_operations.add_question(
                course, shelf, f"E{number}", Content(document_of(question), {}), by=None, at=clock.now()
            )
            for number, question in enumerate((LAW, YEARS, LAW, YEARS), start=1)
        ]
        return author.id, [question.id for question in made]


def places(house: House) -> list[tuple[int | None, int | None]]:
    with house.app.app_context():
        newest = sa.select(sa.func.max(Quiz.id)).scalar_subquery()
        rows = db.session.execute(
            sa.select(QuizSlot.question_id, QuizSlot.draw_count)
            .where(QuizSlot.quiz_id == newest)
            .order_by(QuizSlot.position)
        )
        return [(row[0], row[1]) for row in rows]


def newest(house: House) -> Quiz:
    with house.app.app_context():
        return db.session.scalars(sa.select(Quiz).order_by(Quiz.id.desc()).limit(1)).one()


def tab_to(page: Page, target: Locator) -> None:
    """Press the tab key until the element has the focus; one that the key never comes to fails the test."""
    for _press in range(MOST_TABS):
        if target.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"the tab key never comes to {target}")


def press(page: Page, target: Locator) -> None:
    """Go to a link or a button with the tab key and press it; the next page is another one."""
    tab_to(page, target)
    before = page.evaluate("performance.timeOrigin")
    page.keyboard.press("Enter")
    page.wait_for_function("before => performance.timeOrigin !== before", arg=before)
    page.wait_for_load_state("networkidle")


def examine(page: Page) -> None:
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)
    broken = [(fault["id"], [node["target"] for node in fault["nodes"]]) for fault in found["violations"]]
    # What a floating bar covers for the moment counts as too small, although it scrolls out again.
    assert [fault for fault in broken if fault[0] != "target-size"] == [], page.url
    assert page.evaluate(SIDEWAYS) <= 0, page.url


def test_a_quiz_is_made_by_keyboard_alone_and_can_be_looked_at_on_a_phone(
    house: House, chromium: Browser
) -> None:
    author, questions = shelved(house)
    context = chromium.new_context(locale="th-TH", viewport={"width": 1280, "height": 900})
    context.set_default_timeout(20_000)
    page = house.enter(context, author)
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(f"{house.address}/courses/{house.course_id}/quizzes/authoring")
    examine(page)
    press(page, page.locator("main a[href$='/quizzes/new']").first)
    examine(page)
    tab_to(page, page.locator("[name=title_th]"))
    page.keyboard.type("พลังงานในเมือง")
    tab_to(page, page.locator("[name=title_en]"))
    page.keyboard.type("Energy in the city")
    press(page, page.locator("main form button.btn-primary"))
    examine(page)

    _pick(page, questions[:2])
    assert places(house) == [(questions[0], None), (questions[1], None)]
    _draw(page, "2")
    assert [count for _question, count in places(house)] == [None, None, 2]
    examine(page)
    _move_first_down(page)
    assert [question for question, _count in places(house)] == [questions[1], questions[0], None]
    examine(page)
    _publish(page)
    assert newest(house).published is True
    assert newest(house).title.en == "Energy in the city"
    examine(page)
    _on_a_phone(house, chromium, author)
    assert faults == []
    context.close()


def _pick(page: Page, questions: list[int]) -> None:
    press(page, page.locator("main a[href$='/pick']"))
    tab_to(page, page.locator("main [name=q]"))
    page.keyboard.type("E")
    press(page, page.locator(".bank-search button[type=submit]"))
    for question in questions:
        tab_to(page, page.locator(f"[name=question][value='{question}']"))
        page.keyboard.press("Space")
    examine(page)
    press(page, page.locator(".actionbar button.btn-primary"))


def _draw(page: Page, count: str) -> None:
    tab_to(page, page.locator("[name=shelf]"))
    page.keyboard.type(SHELF)
    expect(page.locator("[name=shelf]")).to_have_value(SHELF)
    tab_to(page, page.locator("[name=count]"))
    page.keyboard.press("Control+A")
    page.keyboard.type(count)
    press(page, page.locator("button[name=do][value=add]"))


def _move_first_down(page: Page) -> None:
    """The button stays where the place went, so that pressing on moves it further."""
    down = page.locator("#places button[value^='down-']").first
    value = down.get_attribute("value")
    tab_to(page, down)
    with page.expect_response("**/edit*"):
        page.keyboard.press("Enter")
    expect(page.locator("#places [data-place]").nth(1).locator(f"button[value='{value}']")).to_be_focused()


def _publish(page: Page) -> None:
    form = page.locator("form[action$='/publish']")
    expect(form.locator("[name=published]")).to_have_value("1")
    press(page, form.locator("button"))
    expect(form.locator("[name=published]")).to_have_value("0")


def _on_a_phone(house: House, chromium: Browser, author: int) -> None:
    context = chromium.new_context(locale="en-GB", viewport={"width": 360, "height": 800})
    page = house.enter(context, author)
    quiz = f"{house.address}/courses/{house.course_id}/quizzes/{newest(house).id}"
    for address in (f"{quiz}/edit", f"{quiz}/pick", f"{quiz}/../authoring", f"{quiz}/../new"):
        page.goto(address, wait_until="networkidle")
        examine(page)
    page.goto(f"{quiz}/edit")
    for word in ("Energy in the city", "2 questions at random", "published", "All together"):
        expect(page.locator("main")).to_contain_text(word)
    learner = house.enter(context, house.learner_id)
    learner.goto(quiz, wait_until="networkidle")
    expect(learner.locator("h1")).to_contain_text("Energy in the city")
    examine(learner)
    context.close()
