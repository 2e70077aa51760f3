"""Take the pictures of the documentation anew from a running demo, so that they never age."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, FrameLocator, Page, ViewportSize, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
PORT = 8600
LMS = f"http://localhost:{PORT + 100}"
WIDE: ViewportSize = {"width": 1280, "height": 960}
NARROW: ViewportSize = {"width": 360, "height": 760}
CHROMIUM_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]


@contextmanager
def running_demo() -> Iterator[None]:
    """Start a fresh demo in a directory of its own and wait for its one line."""
    with tempfile.TemporaryDirectory() as directory:
        command = [
            sys.executable,
            "-m",
            "sca_lms",
            "demo",
            "--port",
            str(PORT),
            "--data-dir",
            f"{directory}/demo",
        ]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=directory)  # noqa: S603 - Our own program.
        try:
            if not any(LMS in line for line in process.stdout or ()):
                raise SystemExit("The demo did not start.")
            yield
        finally:
            process.terminate()
            process.wait()


def enter(browser: Browser, role: str, size: ViewportSize, locale: str) -> Page:
    """Enter the pretend LMS as the sample person of a role, which opens the tool in a frame."""
    page = browser.new_context(viewport=size, locale=locale).new_page()
    page.goto(LMS)
    page.locator(f"form.door.{role} button").click()
    tool_of(page).locator("main").wait_for()
    return page


def tool_of(page: Page) -> FrameLocator:
    """Return the tool's frame inside the page of the host."""
    return page.frame_locator("iframe.tool")


def save(page: Page, name: str, *, whole_host: bool = False) -> None:
    """Keep a picture of the tool, or of the host's page around it."""
    page.wait_for_load_state("networkidle")
    IMAGES.mkdir(parents=True, exist_ok=True)
    path = IMAGES / f"{name}.png"
    if whole_host:
        page.screenshot(path=path)
    else:
        page.locator("iframe.tool").screenshot(path=path)


def take(browser: Browser) -> None:
    """Walk through the pages that the documentation shows."""
    page = browser.new_context(viewport=WIDE, locale="th-TH").new_page()
    page.goto(LMS)
    save(page, "pretend-lms", whole_host=True)
    learner = enter(browser, "learner", WIDE, "th-TH")
    save(learner, "learner-home", whole_host=True)
    tool_of(learner).locator(".hero a.btn").click()
    tool_of(learner).locator(".rich").first.wait_for()
    save(learner, "unit-reading")
    narrow = enter(browser, "learner", NARROW, "th-TH")
    save(narrow, "learner-home-phone", whole_host=True)
    staff = enter(browser, "instructor", WIDE, "en-GB")
    tool_of(staff).locator("table").wait_for()
    save(staff, "learners")


def main() -> None:
    """Start a demo, take every picture, stop it."""
    with running_demo(), sync_playwright() as play:
        browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM_FLAGS)
        take(browser)
        browser.close()


if __name__ == "__main__":
    main()
