"""Digests come at seven, rests grow, and codes of mail servers mean something."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sca_lms.inbox.mail_rules import LONGEST_REST, Answer, meaning, next_digest, rest_after

BANGKOK = ZoneInfo("Asia/Bangkok")
MOMENTS = st.datetimes(dt.datetime(2020, 1, 1), dt.datetime(2030, 1, 1), timezones=st.just(dt.UTC))  # noqa: DTZ001 - The strategy adds the zone.


@pytest.mark.parametrize(
    ("at", "due"),
    [
        (dt.datetime(2022, 9, 4, 23, 59, tzinfo=dt.UTC), dt.datetime(2022, 9, 5, 0, 0, tzinfo=dt.UTC)),
        (dt.datetime(2022, 9, 5, 0, 0, tzinfo=dt.UTC), dt.datetime(2022, 9, 6, 0, 0, tzinfo=dt.UTC)),
    ],
)
def test_the_digest_comes_at_seven_on_the_wall_clock(at: dt.datetime, due: dt.datetime) -> None:
    assert next_digest(at, BANGKOK) == due


@given(MOMENTS, st.sampled_from(["Asia/Bangkok", "Europe/Berlin", "America/New_York", "Pacific/Apia"]))
def test_a_digest_is_always_ahead_and_never_further_than_a_day_and_a_change_of_clocks(
    at: dt.datetime, zone: str
) -> None:
    wait = next_digest(at, ZoneInfo(zone)) - at
    assert dt.timedelta() < wait <= dt.timedelta(hours=25)


def test_rests_double_and_end_at_six_hours() -> None:
    assert [rest_after(tries).total_seconds() / 60 for tries in (1, 2, 3)] == [2, 4, 8]
    assert rest_after(40) == LONGEST_REST


@pytest.mark.parametrize(
    ("code", "answer"),
    [(250, Answer.SENT), (354, Answer.SENT), (421, Answer.LATER), (450, Answer.LATER), (550, Answer.NEVER)],
)
def test_a_reply_code_has_a_meaning(code: int, answer: Answer) -> None:
    assert meaning(code) is answer
