"""What a learner does in the tool's frame: follow links, watch a video, take a quiz by the keyboard alone."""

from playwright.sync_api import Frame, Page, expect

from tests.browser.examination import Examiner
from tests.browser.two_sites import TwoSites
from tests.journeys.studying import questions

PATIENCE_MS = 20_000
MOST_TABS = 80


def tool_frame(page: Page) -> Frame:
    """Return the tool's frame of the host's page, as soon as it shows a page of the tool."""
    frame = page.locator("iframe.tool").element_handle().content_frame()
    assert frame is not None
    frame.wait_for_selector("main#main", timeout=PATIENCE_MS)
    return frame


def enter_as(page: Page, sites: TwoSites, user_id: str) -> None:
    """Become somebody at the host, by the list of everybody on its front page."""
    page.goto(sites.host.url)
    page.locator("details").evaluate_all("all => all.forEach((each) => { each.open = true; })")
    page.locator(f'.people button[value="{user_id}"]').click()
    page.wait_for_url("**/courses/**")


def follow(frame: Frame, selector: str) -> None:
    """Click and wait for the next page of the tool."""
    before = frame.evaluate("performance.timeOrigin")
    frame.locator(selector).first.click()
    frame.wait_for_function("(before) => performance.timeOrigin !== before", arg=before)
    frame.wait_for_load_state("load")


def tab_to(page: Page, frame: Frame, selector: str) -> None:
    """Press Tab until something is in focus."""
    for _press in range(MOST_TABS):
        page.keyboard.press("Tab")
        if frame.evaluate("(selector) => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"the Tab key never came to {selector}")


def saved(frame: Frame) -> None:
    frame.wait_for_selector('[data-save-state][data-state="saved"]', state="attached")


def watch_the_video(frame: Frame, sites: TwoSites) -> None:
    """Jump to the end, which counts for little, then really play the whole of it, faster than people can."""
    expect(frame.locator("[data-film-done]")).to_be_hidden()
    frame.evaluate("document.querySelector('video').preload = 'auto'")
    frame.wait_for_function("document.querySelector('video').readyState >= 2")
    play = """async (from) => {
      const video = document.querySelector('video');
      video.muted = true;
      video.currentTime = from;
      video.playbackRate = 8;
      await video.play();
      await new Promise((done) => video.addEventListener('ended', done, { once: true }));
    }"""
    duration = frame.evaluate("document.querySelector('video').duration")
    frame.evaluate(play, duration - 5)
    expect(frame.locator("[data-film-done]")).to_be_hidden()
    sites.let_time_pass()
    frame.evaluate(play, 0)
    expect(frame.locator("[data-film-done]")).to_be_visible()


def answer_by_keyboard(page: Page, frame: Frame, examiner: Examiner) -> None:
    """Begin, answer and submit without a mouse; for a while without a network."""
    before = frame.evaluate("performance.timeOrigin")
    frame.locator("main").focus()
    tab_to(page, frame, "form[action$='/attempts'] button")
    page.keyboard.press("Enter")
    frame.wait_for_function("(before) => performance.timeOrigin !== before", arg=before)
    frame.wait_for_selector("form#attempt")
    examiner.examine(frame, "attempt in the frame")
    frame.locator("main").focus()
    for place in range(frame.locator("[data-question]").count()):
        answer_one(page, frame, frame.locator("[data-question]").nth(place).get_attribute("id") or "")
    saved(frame)
    before = frame.evaluate("performance.timeOrigin")
    tab_to(page, frame, "button[name=action][value=submit]")
    page.keyboard.press("Enter")
    frame.wait_for_function("(before) => performance.timeOrigin !== before", arg=before)
    frame.wait_for_url("**/review")


def answer_one(page: Page, frame: Frame, question_id: str) -> None:
    kind = frame.locator(f"#{question_id}").get_attribute("data-question")
    legend = frame.locator(f"#{question_id} legend").inner_text()
    question = next(each for each in questions() if str(_english(each["prompt"])) in legend)
    if kind == "numeric":
        answer_without_network(page, frame, question_id, question)
        return
    options = question["options"]
    assert isinstance(options, list)
    right = {_english(each) for each in options if each["correct"]}
    if kind == "single":
        tab_to(page, frame, f"#{question_id} input[type=radio]")
        page.keyboard.press("Space")
        for _option in options:
            if focused_label(frame) in right:
                return
            page.keyboard.press("ArrowDown")
        raise AssertionError(f"{right} is not offered")
    for _option in options:
        tab_to(page, frame, f"#{question_id} input[type=checkbox]")
        if focused_label(frame) in right:
            page.keyboard.press("Space")


def answer_without_network(page: Page, frame: Frame, question_id: str, question: object) -> None:
    """Type a number while the network is away; it is kept, and sent when the network is back."""
    assert isinstance(question, dict)
    tab_to(page, frame, f"#{question_id} input")
    saved(frame)
    page.context.set_offline(True)
    page.keyboard.type(str(question["answer"]["value"]))
    frame.wait_for_selector('[data-save-state][data-state="offline"]')
    page.context.set_offline(False)
    saved(frame)


def focused_label(frame: Frame) -> str:
    return str(frame.evaluate("document.activeElement.closest('label').innerText.trim()"))


def _english(text: object) -> str:
    assert isinstance(text, dict)
    return str(text["en"])
