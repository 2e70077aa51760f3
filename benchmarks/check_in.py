"""Let 150 learners check in within one minute, by the code that the room shows, with two server processes.

    python -m benchmarks.check_in [--database sqlite|postgresql] [--seconds 60]

Each learner opens the page at a moment of their own and sends the code a little later, as the page's script
does. Meanwhile a console is open, which asks for a new code and for the live list.
"""

import argparse
import asyncio
import datetime as dt
import json
import random
import secrets
import sys
import time
from dataclasses import dataclass, field

import sqlalchemy as sa

from benchmarks.browsers import LEARNERS
from benchmarks.crowd import (
    Browser,
    Faults,
    Outcome,
    Tool,
    compare_databases,
    launched,
    percentiles,
    tool_with,
    wait_for,
    warm_up,
)
from sca_lms import clock
from sca_lms.attendance import room_codes
from sca_lms.attendance.models import PresenceRecord
from sca_lms.courses.rules import Role
from sca_lms.database import db, transaction
from tests import builders
from tests.attendance.camp import a_camp, session_of

READS_THE_PAGE_SECONDS = 2
LIVE_EVERY_SECONDS = 4
COLUMNS = (
    "check-in p50 ms", "p95 ms", "longest ms", "page p50 ms", "p95 ms", "console p50 ms", "p95 ms", "in"
)  # fmt: skip


@dataclass(frozen=True)
class Camp:
    """What the browsers know: the course, the room's secret, and a session for everybody."""

    course: str
    code_seed: str
    session_id: int
    room: str
    learners: list[str]
    staff: str


@dataclass
class Measured:
    """How long answers took, in seconds, and what went wrong."""

    pages: list[float] = field(default_factory=list)
    acts: list[float] = field(default_factory=list)
    console: list[float] = field(default_factory=list)
    faults: Faults = field(default_factory=Faults)


def main() -> int:
    """Measure both databases, print a table, and return 1 when anybody did not get in."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--seconds", type=int, default=60, help="within which time everybody comes")
    return compare_databases(
        parser,
        _measure,
        heading=lambda asked: f"{LEARNERS} learners within {asked.seconds} s",
        columns=COLUMNS,
    )


def _measure(database: str, asked: argparse.Namespace) -> Outcome:
    measured = Measured()
    with tool_with(database) as tool:
        camp = _prepare(tool)
        with tool.served():
            asyncio.run(_come_in(camp, tool.port, measured, seconds=asked.seconds))
        with tool.in_database():
            people = sa.func.count(sa.distinct(PresenceRecord.enrolment_id))
            inside = db.session.scalar(sa.select(people).where(PresenceRecord.out_at.is_(None))) or 0
    cells = [
        *percentiles(measured.acts, 0.5, 0.95, 1),
        *percentiles(measured.pages, 0.5, 0.95),
        *percentiles(measured.console, 0.5, 0.95),
        str(inside),
    ]
    return Outcome(cells, measured.faults.said + ["somebody is not in"] * (LEARNERS - inside))


def _prepare(tool: Tool) -> Camp:
    """Make a camp whose first session begins in ten minutes, and let everybody launch."""
    at = clock.now()
    with tool.in_database(), transaction():
        course = a_camp()
        session = session_of(course, "D01A")
        session.starts_at, session.ends_at = at + dt.timedelta(minutes=10), at + dt.timedelta(hours=4)
        learners = [
            builders.an_enrolment(course, builders.a_person("ผู้เรียน", f"ลำดับที่ {number}"))
            for number in range(LEARNERS)
        ]
        staff = builders.an_enrolment(course, builders.a_person("วิทยากร"), roles={Role.INSTRUCTOR})
        return Camp(
            f"/courses/{course.id}", session.code_seed, session.id,
            f"/courses/{course.id}/sessions/{session.code}/room",
            [launched(each, at=at) for each in learners], launched(staff, at=at),
        )  # fmt: skip


async def _come_in(camp: Camp, port: int, measured: Measured, *, seconds: int) -> None:
    await warm_up(port, camp.staff, camp.room)
    draw = random.Random(168)  # noqa: S311 - The same moments in every run; nothing is secret.
    begins = time.perf_counter() + 1
    console = Browser(port, camp.staff)
    watching = asyncio.create_task(measured.faults.of(console, _watch(camp, console, measured)))
    visits = []
    for token in camp.learners:
        browser = Browser(port, token)
        moment = begins + draw.random() * (seconds - READS_THE_PAGE_SECONDS)
        visits.append(measured.faults.of(browser, _learner(camp, browser, measured, moment)))
    await asyncio.gather(*visits)
    watching.cancel()


async def _learner(camp: Camp, browser: Browser, measured: Measured, moment: float) -> None:
    """Open the page, look up at the screen, send the code, and see the page again."""
    await wait_for(moment)
    await browser.get(f"{camp.course}/check-in", measured.pages)
    await asyncio.sleep(READS_THE_PAGE_SECONDS / 2)
    at = clock.now()
    typed = room_codes.digits(camp.code_seed, camp.session_id, room_codes.step_at(at))
    now = int(at.timestamp() * 1000)
    act = {"key": secrets.token_hex(16), "act": "in", "code": typed, "session": "", "at": now}
    body = {"sent_at": now, "device": secrets.token_hex(16), "acts": [act]}
    answer = await browser.post(f"{camp.course}/check-in/acts", json.dumps(body), measured.acts)
    told = json.loads(answer)["answers"][0]
    if told["state"] != "recorded":
        raise RuntimeError(f"{told['state']}: {told['message']}")
    await browser.get(f"{camp.course}/check-in", measured.pages)


async def _watch(camp: Camp, browser: Browser, measured: Measured) -> None:
    while True:
        await asyncio.sleep(LIVE_EVERY_SECONDS)
        await browser.get(f"{camp.room}/live", measured.console)
        await browser.get(f"{camp.room}/code", measured.console)


if __name__ == "__main__":
    sys.exit(main())
