"""Work through the first module of the sample programme as a learner does, page by page."""

import datetime as dt
from collections.abc import Mapping, Sequence

import time_machine

from sca_lms import clock
from tests.journeys.pages import Element, Form, Page
from tests.journeys.stage import Visitor
from tests.programmes.samples import sample_document

MODULE = "PB1"
CLASS, READING, VIDEO, QUIZ = (f"{MODULE}.{number}" for number in (1, 2, 3, 4))
VIDEO_SECONDS = 60


def questions() -> Sequence[Mapping[str, object]]:
    """Return the questions of the module as the programme file has them."""
    section = sample_document()["pre_bootcamp"]
    assert isinstance(section, Mapping)
    found = next(each for each in section["modules"] if each["code"] == MODULE)["questions"]
    assert isinstance(found, Sequence)
    return found


def read(learner: Visitor, unit: Page) -> Page:
    """Say of a text that it was read."""
    return learner.submit(unit.form(leads_to="/evidence"))


def watch(learner: Visitor, unit: Page, *parts: tuple[int, int]) -> dict[str, object]:
    """Let the page's player report which parts were played, once there was time to play them."""
    player = unit.root.first("video").attributes
    body = {
        "intervals": [list(part) for part in parts],
        "duration": VIDEO_SECONDS,
        "position": parts[-1][1],
        "key": f"player-{parts[0][0]}-{parts[-1][1]}",
    }
    with time_machine.travel(clock.now() + dt.timedelta(seconds=parts[-1][1]), tick=True):
        return learner.send_json(unit_address(unit, player["data-report"]), body, player["data-csrf"])


def unit_address(unit: Page, path: str) -> str:
    return f"{unit.url.split('/courses/', 1)[0]}{path}"


def begin_quiz(learner: Visitor, unit: Page) -> Page:
    """Go from the unit to the quiz and begin an attempt."""
    rules = learner.open(next(link for link in _links(unit) if "/quizzes/" in link))
    return learner.submit(rules.form(leads_to="/attempts"))


def all_right(attempt: Page, language: str = "th") -> dict[str, list[str]]:
    """Return the fields of the page filled in with what the programme file says is right."""
    filled: dict[str, list[str]] = {}
    for fieldset in attempt.root.all("fieldset"):
        legend = fieldset.first("legend").words
        question = next(each for each in questions() if _text(each["prompt"], language) in legend)
        names = {each.attributes["name"] for each in fieldset.all("input")}
        assert len(names) == 1, names
        filled[names.pop()] = _right(question, fieldset, language)
    return filled


def answering_form(attempt: Page) -> Form:
    return next(form for form in attempt.forms if form.element.attributes.get("id") == "attempt")


def hand_in(learner: Visitor, attempt: Page, answers: Mapping[str, Sequence[str]]) -> Page:
    """Send all answers and hand the attempt in."""
    return learner.submit(answering_form(attempt), submit_button(attempt), **answers)


def submit_button(attempt: Page) -> str:
    buttons = answering_form(attempt).buttons
    return next(words for words, sent in buttons.items() if ("action", "submit") in sent)


def _right(question: Mapping[str, object], fieldset: Element, language: str) -> list[str]:
    answer, options = question.get("answer"), question.get("options")
    if isinstance(answer, Mapping):
        return [str(answer["value"])]
    assert isinstance(options, Sequence)
    wanted = {_text(each, language) for each in options if each["correct"]}
    chosen = [
        label.first("input").attributes["value"] for label in fieldset.all("label") if label.words in wanted
    ]
    assert len(chosen) == len(wanted), (wanted, fieldset.words)
    return chosen


def _text(value: object, language: str) -> str:
    assert isinstance(value, Mapping)
    return str(value[language])


def _links(page: Page) -> list[str]:
    return [
        unit_address(page, each.attributes["href"])
        for each in page.root.all("a")
        if each.attributes.get("href", "").startswith("/")
    ]
