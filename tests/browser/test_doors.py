"""The doors in real Chromium: the console's code lets people in, acts wait for the network, staff scan."""

import dataclasses
import datetime as dt
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import segno
import sqlalchemy as sa
import time_machine
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect, sync_playwright
from werkzeug.serving import make_server

from sca_lms.app import create_app
from sca_lms.attendance import door
from sca_lms.attendance.door import Act
from sca_lms.attendance.learner_codes import code_of, qr_text
from sca_lms.attendance.models import Scan, Source
from sca_lms.config import Settings
from sca_lms.courses.models import Enrolment, Person
from sca_lms.database import db, transaction
from sca_lms.web.collation import fold
from tests.attendance.doors import BEGINS, ENDS, MINUTE, Doors, open_doors
from tests.browser.examination import Examiner
from tests.browser.test_pieces import CHROMIUM
from tests.builders import signed_in

pytestmark = pytest.mark.browser

COOKIE = "__Host-sca_lms"
PATIENCE_MS = 15_000
# Tall enough that neither the dock nor the action bar lies over what is examined.
WHOLE_PAGE = 6_000


@dataclasses.dataclass(frozen=True)
class House:
    """A running tool with a camp whose first session is about to begin."""

    doors: Doors
    address: str

    def enter(self, context: BrowserContext, enrolment_id: int) -> Page:
        cookie = signed_in(self.doors.app, enrolment_id).get_cookie(COOKIE)
        assert cookie is not None
        context.add_cookies([{"name": "sca_lms", "value": cookie.value, "url": self.address}])
        context.set_default_timeout(PATIENCE_MS)
        return context.new_page()

    def url(self, path: str) -> str:
        return f"{self.address}/courses/{self.doors.course_id}{path}"

    def scans(self) -> list[Scan]:
        with self.doors.app.app_context():
            return list(db.session.scalars(sa.select(Scan).order_by(Scan.id)))


@pytest.fixture
def house(settings: Settings) -> Iterator[House]:
    app = create_app(dataclasses.replace(settings, public_url="http://127.0.0.1"))
    with time_machine.travel(BEGINS, tick=True):
        doors = open_doors(app, learners=3)
        with app.app_context(), transaction():
            for person in db.session.scalars(sa.select(Person)):
                person.search_key = fold(f"{person.name} {person.nickname}")
        server = make_server("127.0.0.1", 0, app, threaded=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield House(doors, f"http://127.0.0.1:{server.port}")
        server.shutdown()
        thread.join()
    with app.app_context():
        db.engine.dispose()


def film_of(text: str, path: Path) -> Path:
    """Write a film in which somebody holds a QR code before the camera."""
    width, height, scale = 640, 480, 10
    rows = [bytes(row) for row in segno.make(text, error="m", micro=False).matrix_iter(scale=scale, border=4)]
    left, top = (width - len(rows[0])) // 2, (height - len(rows)) // 2
    picture = bytearray(b"\xb0" * width * height)
    for y, row in enumerate(rows, start=top):
        picture[y * width + left : y * width + left + len(rows[0])] = bytes(
            16 if dark else 235 for dark in row
        )
    frame = b"FRAME\n" + bytes(picture) + b"\x80" * (width * height // 2)
    path.write_bytes(b"YUV4MPEG2 W%d H%d F10:1 Ip A1:1 C420jpeg\n" % (width, height) + frame * 3)
    return path


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where the camera finds its film; a test writes it before the camera is started."""
    return tmp_path_factory.mktemp("camera") / "film.y4m"


@pytest.fixture(scope="module")
def chromium(film: Path) -> Iterator[Browser]:
    film_of("nothing yet", film)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=[
                "--no-sandbox",
                "--headless",
                "--disable-gpu",
                "--use-fake-ui-for-media-stream",
                "--use-fake-device-for-media-stream",
                f"--use-file-for-fake-video-capture={film}",
            ],
        )
        yield browser
        browser.close()


@pytest.fixture
def phone(chromium: Browser) -> Iterator[BrowserContext]:
    opened = chromium.new_context(locale="en-GB", viewport={"width": 360, "height": 800})
    yield opened
    opened.close()


@pytest.fixture
def desk(chromium: Browser) -> Iterator[BrowserContext]:
    opened = chromium.new_context(locale="en-GB", viewport={"width": 1280, "height": 900})
    yield opened
    opened.close()


def field(learner: Page) -> Locator:
    return learner.get_by_role("textbox", name="Code of the room")


def shown_code(console: Page) -> str:
    found = re.search("[0-9]{3} [0-9]{3}", console.locator("#stage .code").inner_text())
    assert found
    return found[0]


def figure(console: Page, key: str) -> str:
    return console.locator(f"#live .tally a[href*='show={key}'] b").inner_text()


def test_the_code_on_the_console_lets_a_learner_in_and_the_console_sees_it(
    house: House, phone: BrowserContext, desk: BrowserContext
) -> None:
    console = house.enter(desk, house.doors.staff_id)
    console.goto(house.url("/sessions/D01A/room"))
    assert figure(console, "missing") == "3"
    learner = house.enter(phone, house.doors.learner_ids[0])
    learner.goto(house.url("/check-in"))
    field(learner).fill(shown_code(console))
    learner.locator("#report").get_by_role("button", name="Check in").click()
    expect(learner.locator("#said")).to_contain_text("You are in")
    expect(learner.locator("#standing")).to_contain_text("in since 08:30")
    expect(console.locator("#live")).to_contain_text("ปวีณา")
    expect(console.locator("#live .tally a[href*='show=in'] b")).to_have_text("1")
    (scan,) = house.scans()
    assert scan.device, "the phone is known again"


def test_the_code_changes_by_itself(house: House, desk: BrowserContext) -> None:
    console = house.enter(desk, house.doors.staff_id)
    console.goto(house.url("/sessions/D01A/room/stage"))
    first = console.locator("#stage .code").inner_text()
    console.wait_for_function(
        "(first) => document.querySelector('#stage .code').innerText !== first", arg=first, timeout=20_000
    )
    console.context.set_offline(True)
    expect(console.locator(".lost")).to_contain_text("the code cannot change", timeout=20_000)
    expect(console.locator("#stage .code")).to_have_text("––– –––")
    console.context.set_offline(False)
    expect(console.locator(".lost")).to_have_text("")
    expect(console.locator("#stage .code")).to_contain_text(" ")


def type_code(learner: Page, house: House, way: str) -> None:
    field(learner).fill(house.doors.digits(now()))
    learner.locator("#report").get_by_role("button", name=way).click()


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def test_acts_without_network_wait_on_the_phone_and_are_sent_when_it_is_back(
    house: House, phone: BrowserContext
) -> None:
    learner = house.enter(phone, house.doors.learner_ids[0])
    learner.goto(house.url("/check-in"))
    phone.set_offline(True)
    type_code(learner, house, "Check in")
    expect(learner.locator("#said")).to_contain_text("saved on this phone, will be sent")
    expect(learner.locator("#waiting-list li")).to_have_count(1)
    type_code(learner, house, "Check out")
    expect(learner.locator("#waiting-list li")).to_have_count(2)
    assert house.scans() == []
    phone.set_offline(False)
    expect(learner.locator("#said")).to_contain_text("You are checked out")
    expect(learner.locator("#waiting")).to_be_hidden()
    came, left = house.scans()
    assert (came.is_arrival, left.is_arrival) == (True, False)
    assert came.client_at is not None
    assert came.client_at < came.server_at or came.client_at.year > came.server_at.year, (
        "both clocks are kept"
    )


def test_what_waits_survives_reloading_the_page_and_is_sent_once(house: House, phone: BrowserContext) -> None:
    learner = house.enter(phone, house.doors.learner_ids[0])
    learner.goto(house.url("/check-in"))
    phone.route("**/check-in/acts", lambda route: route.abort())
    type_code(learner, house, "Check in")
    expect(learner.locator("#waiting-list li")).to_have_count(1)
    learner.reload()
    expect(learner.locator("#waiting-list li")).to_have_count(1)
    phone.unroute("**/check-in/acts")
    learner.reload()
    expect(learner.locator("#standing")).to_contain_text("in since 08:30")
    learner.reload()
    assert len(house.scans()) == 1


def test_a_page_whose_token_has_run_out_fetches_another_and_loses_nothing(
    house: House, phone: BrowserContext
) -> None:
    learner = house.enter(phone, house.doors.learner_ids[0])
    learner.goto(house.url("/check-in"))
    # Somebody has opened the tool from the host again in this browser; the page still holds the older token.
    house.enter(phone, house.doors.learner_ids[0]).close()
    type_code(learner, house, "Check in")
    expect(learner.locator("#said")).to_contain_text("You are in")


def test_without_scripts_the_form_works_too(house: House, chromium: Browser) -> None:
    context = chromium.new_context(locale="en-GB", java_script_enabled=False)
    learner = house.enter(context, house.doors.learner_ids[0])
    learner.goto(house.url("/check-in"))
    type_code(learner, house, "Check in")
    expect(learner.locator("#standing")).to_contain_text("in since 08:30")
    context.close()


def test_staff_scan_a_learners_code_with_the_camera(house: House, phone: BrowserContext, film: Path) -> None:
    doors = house.doors
    code = code_of(doors.app.config["SECRET_KEY"], doors.course_id, doors.learner_ids[1])
    film_of(qr_text(doors.course_id, code), film)
    staff = house.enter(phone, doors.staff_id)
    with staff.expect_response("**/scan/people"):
        staff.goto(house.url("/sessions/D01A/scan"))
    staff.get_by_role("button", name="Start the camera").click()
    expect(staff.locator("#result .big-name")).to_contain_text("ชยพล")
    expect(staff.locator("#result")).to_contain_text("In at 08:30")
    assert doors.stays(1) == [("D01A", "08:30", None)]
    staff.get_by_role("button", name="Stop the camera").click()
    expect(staff.locator("#viewfinder")).to_be_hidden()


def test_staff_let_people_in_by_nickname_without_a_network(house: House, phone: BrowserContext) -> None:
    staff = house.enter(phone, house.doors.staff_id)
    with staff.expect_response("**/scan/people"):
        staff.goto(house.url("/sessions/D01A/scan"))
    phone.set_offline(True)
    for nickname in ("แพร", "ปอ"):
        staff.get_by_label("Code, name or nickname").fill(nickname)
        staff.locator("#found").get_by_role("button").click()
    expect(staff.locator("#waiting-count")).to_have_text("2 waiting to be sent")
    assert house.scans() == []
    phone.set_offline(False)
    expect(staff.locator("#waiting-count")).to_have_text("Everything is sent")
    assert [house.doors.stays(place)[0][0] for place in (0, 1)] == ["D01A", "D01A"]


def let_two_in_with_one_phone(doors: Doors) -> None:
    with doors.app.app_context(), transaction():
        for enrolment_id in doors.learner_ids[:2]:
            act = Act(now(), Source.ROOM_CODE, f"key-of-{enrolment_id}", now(), now(), "d" * 64)
            door.check_in(doors.session(), db.session.get_one(Enrolment, enrolment_id), act)


PAGES = {
    "learner": [
        "/check-in", f"/check-in?session=D01A&code={'a' * 22}", "/check-in?session=NO&code=1", "/my-code",
    ],
    "staff": [
        "/rooms", "/rooms?day=2022-09-07", "/sessions/D01A/room", "/sessions/D01A/room?show=look",
        "/sessions/D02A/room", "/sessions/D01A/room/stage", "/sessions/D01A/scan",
        "/sessions/D01A/scan?way=sheet", "/sessions/D01A/sheet", "/sessions/D01A/sheet/return",
        "/sessions/D01A/room/close", "/sessions/D01A/room/people/{learner}",
        "/sessions/D01A/room/people/{learner}/stays/1/void",
    ],
}  # fmt: skip


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("language", ["th", "en"])
def test_every_page_of_the_doors_is_accessible_and_whole(
    house: House, chromium: Browser, width: int, language: str
) -> None:
    doors = house.doors
    let_two_in_with_one_phone(doors)
    examiner = Examiner(language)
    for who, paths in PAGES.items():
        context = chromium.new_context(
            locale="th-TH" if language == "th" else "en-GB", viewport={"width": width, "height": WHOLE_PAGE},
        )  # fmt: skip
        page = house.enter(context, doors.staff_id if who == "staff" else doors.learner_ids[0])
        examiner.listen(page)
        for path in paths:
            page.goto(house.url(path.format(learner=doors.learner_ids[0])))
            examiner.examine(page.main_frame)
        if who == "staff":
            page.goto(house.url("/sessions/D01A/sheet/return"))
            code = code_of(doors.app.config["SECRET_KEY"], doors.course_id, doors.learner_ids[0])
            page.locator("#text").fill(f"code,name,in,out\n{code},x,08:30,12:15\n{code},x,y,\n")
            page.locator("form[enctype] .btn-primary").click()
            examiner.examine(page.main_frame, "faults of a sheet")
            page.locator("#text").fill(f"code,name,in,out\n{code},x,08:30,12:15\n")
            page.locator("form[enctype] .btn-primary").click()
            examiner.examine(page.main_frame, "difference of a sheet")
        context.close()
    with time_machine.travel(ENDS + MINUTE, tick=True):
        context = chromium.new_context(
            locale="th-TH" if language == "th" else "en-GB", viewport={"width": width, "height": WHOLE_PAGE}
        )
        page = house.enter(context, doors.staff_id)
        examiner.listen(page)
        for path in ("/sessions/D01A/room", "/sessions/D01A/room/close"):
            page.goto(house.url(path))
            examiner.examine(page.main_frame, f"{path} when it is over")
        page.locator("form[action$='/room/close'] button").click()
        for path in ("/sessions/D01A/room", "/sessions/D01A/room/close"):
            page.goto(house.url(path))
            examiner.examine(page.main_frame, f"{path} when it is closed")
        context.close()
    assert examiner.faults == []
    assert len(examiner.examined) == sum(map(len, PAGES.values())) + 6
