"""Take the pictures of the documentation anew from a fresh demo in real Chromium, so that they never age.

`--lms` takes them from a demo that is running already; names limit it to these pictures.
"""

import argparse
import math
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Error, Page, ViewportSize, sync_playwright
from playwright.sync_api import Frame as Window

from scripts.pictures import PICTURES, Frame, Picture, Reader

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
PORT = 8600
PLATFORM_OFFSET = 100
"""The pretend LMS of a demo answers so many ports above the tool."""
PATIENCE_MS = 20_000
LOCALES = {"th": "th-TH", "en": "en-GB"}
HOST_SHARE = 0.78
"""The pretend LMS gives the tool this share of the window's height."""
HOST_MARGINS = {Frame.DESK: 82, Frame.PHONE: 34}
"""So much narrower than the window is the tool in the pretend LMS."""


class PictureFailed(Exception):
    """A page is not what a picture of it should show."""


class Demo:
    """A demo that is running: its two addresses, and how its operator comes in."""

    def __init__(self, lms: str) -> None:
        parts = urlsplit(lms)
        self.lms = lms.rstrip("/")
        self.tool = f"http://127.0.0.1:{(parts.port or 0) - PLATFORM_OFFSET}"

    def operator_link(self, settings: Path) -> str:
        """Ask the demo's own command line for the address that lets an operator in once."""
        lines = [line for line in settings.read_text(encoding="utf-8").splitlines() if line[:1] != "#"]
        given = dict(line.split("=", 1) for line in lines)
        kept = {name: value.strip("'") for name, value in given.items()}
        command = [sys.executable, "-m", "sca_lms", "operator", "link"]
        shown = subprocess.run(  # noqa: S603 - Our own program.
            command, env={**os.environ, **kept}, capture_output=True, text=True, check=True, cwd=ROOT
        ).stdout
        found = re.search(r"https?://\S+", shown)
        if found is None:
            raise PictureFailed(f"`sca-lms operator link` printed no address: {shown!r}")
        return found.group()


@contextmanager
def fresh_demo(port: int) -> Iterator[tuple[Demo, Path]]:
    """Start a demo in a directory of its own and wait until it says where it is."""
    with tempfile.TemporaryDirectory() as directory:
        data = Path(directory) / "demo"
        command = [sys.executable, "-m", "sca_lms", "demo", "--port", str(port), "--data-dir", str(data)]
        clean = {name: value for name, value in os.environ.items() if not name.startswith("SCA_LMS_")}
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=clean)  # noqa: S603 - Our own program.
        try:
            lms = f"http://localhost:{port + PLATFORM_OFFSET}"
            if not any(lms in line for line in process.stdout or ()):
                raise PictureFailed("The demo did not start; its last lines stand above.")
            yield Demo(lms), data / "demo.env"
        finally:
            process.terminate()
            process.wait()


def take(browser: Browser, demo: Demo, settings: Path, pictures: Iterable[Picture]) -> None:
    """Take these pictures; those of one reader, language and width in one visit."""
    for _key, group in groupby(sorted(pictures, key=_visit), key=_visit):
        visit = list(group)
        first = visit[0]
        context = browser.new_context(viewport=_window(first.frame), locale=LOCALES[first.language])
        context.set_default_timeout(PATIENCE_MS)
        try:
            try:
                page = _arrive(context, demo, settings, first.reader)
            except Error as error:
                raise PictureFailed(f"{first.reader.name} does not come in: {error}") from error
            for picture in visit:
                _take_one(page, demo, picture)
        finally:
            context.close()


def _visit(picture: Picture) -> tuple[str, str, str]:
    return picture.reader.name, picture.language, picture.frame.name


def _window(frame: Frame) -> ViewportSize:
    """Return the window in which the tool is as large as the picture."""
    width, height = frame.value
    if frame.is_host:
        return {"width": width, "height": height}
    return {"width": width + HOST_MARGINS[frame], "height": math.ceil(height / HOST_SHARE)}


def _arrive(context: BrowserContext, demo: Demo, settings: Path, reader: Reader) -> Page:
    """Come in as somebody: by a door of the pretend LMS, or by the operator's link."""
    page = context.new_page()
    if reader is Reader.OPERATOR:
        # What stands in the list of refused launches: one that has lost its way.
        context.request.post(f"{demo.tool}/lti/launch", form={"state": "lost", "id_token": "lost"})
        page.set_viewport_size(dict(zip(("width", "height"), Frame.DESK.value, strict=True)))  # type: ignore[arg-type] # two known keys
        page.goto(demo.operator_link(settings))
        page.locator("main form button").click()
        page.wait_for_url("**/operator/hosts/")
        return page
    page.goto(demo.lms)
    if reader is not Reader.VISITOR:
        page.locator(f"form.door.{reader.value} button").click()
        _tool(page).wait_for_selector("main#main")
    return page


def _tool(page: Page) -> Window:
    """Return the tool's frame in the page of the host."""
    frame = page.locator("iframe.tool").element_handle().content_frame()
    if frame is None:
        raise PictureFailed(f"{page.url}: the host shows no frame of the tool")
    return frame


def _take_one(page: Page, demo: Demo, picture: Picture) -> None:
    """Go to the page, look whether it shows what it should, and keep the picture."""
    try:
        shot = _show(page, demo, picture)
    except Error as error:
        raise PictureFailed(f"{picture.file_name}: {error}") from error
    path = IMAGES / picture.file_name
    path.write_bytes(shot)
    print(f"{picture.file_name}  {len(shot) // 1024} KiB")  # noqa: T201 - The output of a command.


def _show(page: Page, demo: Demo, picture: Picture) -> bytes:
    if picture.reader is Reader.VISITOR:
        page.locator(picture.shows).wait_for()
        return page.screenshot()
    is_alone = picture.reader is Reader.OPERATOR
    window = page.main_frame if is_alone else _tool(page)
    if picture.path:
        base = f"{demo.tool}/" if is_alone else _course(window.url)
        answer = window.goto(base + picture.path)
        if answer is None or not answer.ok:
            raise PictureFailed(f"{picture.file_name}: {picture.path} answers {answer and answer.status}")
    for selector in picture.follow:
        target = window.locator(selector).first.get_attribute("href")
        answer = window.goto(_whole(window.url, target))
        if answer is None or not answer.ok:
            raise PictureFailed(f"{picture.file_name}: {target} answers {answer and answer.status}")
    window.wait_for_selector(picture.shows)
    window.wait_for_load_state("networkidle")
    window.evaluate("document.fonts.ready.then(() => true)")
    if picture.scroll_to:
        window.locator(picture.scroll_to).first.evaluate("each => each.scrollIntoView()")
    if not is_alone:
        page.evaluate("window.scrollTo(0, 0)")
    # Two frames later everything that was laid out has been painted too.
    window.evaluate(
        "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))"
    )
    if picture.frame.is_host or is_alone:
        return page.screenshot()
    return page.locator("iframe.tool").screenshot()


def _course(address: str) -> str:
    """Return the address of the course that a page of the tool belongs to."""
    found = re.match(r"https?://[^/]+/courses/\d+/", address)
    if found is None:
        raise PictureFailed(f"The launch did not end in a course but at {address}")
    return found.group()


def _whole(address: str, target: str | None) -> str:
    """Return the whole address that a link of a page leads to."""
    if not target:
        raise PictureFailed(f"{address}: a link without an address")
    parts = urlsplit(address)
    return target if "://" in target else f"{parts.scheme}://{parts.netloc}{target}"


def _forget_unknown() -> None:
    """Delete the pictures that nobody takes any more."""
    known = {picture.file_name for picture in PICTURES}
    for path in IMAGES.glob("*.png"):
        if path.name not in known:
            path.unlink()


def main(arguments: Sequence[str]) -> None:
    """Take every picture, or those that are named."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--lms", help="a demo's address, to use one that is running")
    reader.add_argument("--port", type=int, default=PORT, help="of a fresh demo; seen in a picture or two")
    reader.add_argument("--settings", type=Path, help="that demo's demo.env")
    reader.add_argument("names", nargs="*", help="beginnings of names; all without")
    given = reader.parse_args(arguments)
    chosen = [each for each in PICTURES if each.file_name.startswith(tuple(given.names) or ("",))]
    if not chosen:
        raise SystemExit("No picture is called so.")
    IMAGES.mkdir(parents=True, exist_ok=True)
    try:
        with sync_playwright() as play:
            browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            if given.lms:
                take(browser, Demo(given.lms), given.settings or Path("demo.env"), chosen)
            else:
                with fresh_demo(given.port) as (demo, settings):
                    take(browser, demo, settings, chosen)
            browser.close()
    except PictureFailed as failure:
        raise SystemExit(f"No picture was taken: {failure}") from failure
    if not given.names:
        _forget_unknown()


if __name__ == "__main__":
    main(sys.argv[1:])
