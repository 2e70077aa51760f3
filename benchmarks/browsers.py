"""Browsers that launch: each keeps its connection, and each launch is that of a fresh browser's cookies."""

import http.client
import itertools
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlencode, urlsplit

from benchmarks.host import CLIENT_ID, DEPLOYMENT_ID, Host

PATIENCE_SECONDS = 60
LEARNERS = 150
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Doors:
    """Where a tool takes logins and launches, and how an accepted launch looks."""

    login: str
    launch: str
    accepted: Callable[[int, str], bool]
    """Takes the status and the Location of the answer."""
    login_extras: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Browser:
    """One browser with one connection."""

    host: Host
    port: int
    doors: Doors
    course: str = "course-2"

    def __post_init__(self) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_SECONDS)

    def launch(self, learner: int) -> None:
        """Log in and launch as a learner who has no cookies yet; raises when the tool refuses."""
        cookies: dict[str, str] = {}
        target = f"http://127.0.0.1:{self.port}{self.doors.launch}"
        login = {
            "iss": self.host.issuer,
            "login_hint": str(learner),
            "target_link_uri": target,
            "client_id": CLIENT_ID,
            "lti_deployment_id": DEPLOYMENT_ID,
            "lti_message_hint": f"hint-{learner}",
            **self.doors.login_extras,
        }
        status, location = self._post(self.doors.login, login, cookies, learner)
        if status != 302:
            raise RuntimeError(f"the login was answered with {status}")
        asked = parse_qs(urlsplit(location).query)
        token = self.host.id_token(asked["nonce"][0], target, learner=learner, course=self.course)
        answer = {"id_token": token, "state": asked["state"][0]}
        status, location = self._post(self.doors.launch, answer, cookies, learner)
        if not self.doors.accepted(status, location):
            raise RuntimeError(f"the launch was answered with {status} {location}")

    def close(self) -> None:
        """Let go of the connection."""
        self._connection.close()

    def _post(
        self, path: str, fields: Mapping[str, str], cookies: dict[str, str], learner: int
    ) -> tuple[int, str]:
        headers = {
            "Content-Type": FORM,
            "Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()),
            # As a proxy in front of the tool tells it: everybody has an address of their own.
            "X-Forwarded-For": f"10.0.{learner // 250}.{learner % 250 + 1}",
            "Origin": self.host.issuer,
        }
        self._connection.request("POST", path, urlencode(fields), headers)
        answer = self._connection.getresponse()
        answer.read()
        for header in answer.headers.get_all("Set-Cookie", []):
            # Whether a cookie is kept and for how long does not matter within one launch.
            name, _, value = header.partition(";")[0].partition("=")
            cookies[name.strip()] = value.strip()
        return answer.status, answer.headers.get("Location", "")


@dataclass(frozen=True)
class Timing:
    """How long launches took."""

    seconds: float
    each: list[float]


def launch_many(host: Host, port: int, doors: Doors, *, count: int, browsers: int) -> Timing:
    """Launch `count` times with a few browsers in parallel; raises the first refusal."""
    serial = itertools.count()
    each: list[float] = []

    def work() -> None:
        browser = Browser(host, port, doors)
        try:
            while (number := next(serial)) < count:
                began = time.perf_counter()
                browser.launch(number % LEARNERS)
                each.append(time.perf_counter() - began)
        finally:
            browser.close()

    began = time.perf_counter()
    with ThreadPoolExecutor(browsers) as pool:
        for done in [pool.submit(work) for _ in range(browsers)]:
            done.result()
    return Timing(time.perf_counter() - began, each)


def launch_at_once(
    host: Host, port: int, doors: Doors, *, learners: int, course: str
) -> tuple[Timing, list[str]]:
    """Let everybody launch in the same moment; returns the times and what went wrong."""
    start = threading.Barrier(learners + 1)
    each: list[float] = []
    faults: list[str] = []

    def work(learner: int) -> None:
        browser = Browser(host, port, doors, course)
        start.wait()
        began = time.perf_counter()
        try:
            browser.launch(learner)
            each.append(time.perf_counter() - began)
        except (RuntimeError, OSError, http.client.HTTPException) as error:
            faults.append(repr(error))
        finally:
            browser.close()

    threads = [threading.Thread(target=work, args=[learner]) for learner in range(learners)]
    for thread in threads:
        thread.start()
    start.wait()
    began = time.perf_counter()
    for thread in threads:
        thread.join()
    return Timing(time.perf_counter() - began, each), faults


def part_of(times: list[float], share: float) -> float:
    """Return the time within which this share of everything was done."""
    ordered = sorted(times)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")
