"""What is sent, with which time, how often, and what an answer means."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sca_lms.grades.rules import (
    LONGEST_DELAY,
    LONGEST_WISH,
    STEP,
    Answered,
    Finding,
    HostScore,
    Outcome,
    Reason,
    State,
    compare,
    earliest_send,
    look_at,
    next_timestamp,
    pre_bootcamp_score,
    retry_delay,
    understand,
)

AT = dt.datetime(2026, 11, 22, 9, 0, 0, 123_987, tzinfo=dt.UTC)
EPOCH = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
MOMENTS = st.timedeltas(dt.timedelta(0), dt.timedelta(days=9_000)).map(lambda since: EPOCH + since)


def test_the_pre_bootcamp_score_is_the_mean_over_all_quizzes() -> None:
    percents = {1: Decimal(100), 2: Decimal("66.67")}
    assert pre_bootcamp_score({1, 2, 3, 4, 5, 6, 7, 8}, percents) == Decimal("20.83")


def test_a_learner_who_submitted_nothing_has_no_score() -> None:
    assert pre_bootcamp_score({1, 2}, {}) is None
    assert pre_bootcamp_score(set(), {9: Decimal(80)}) is None


def test_a_submitted_attempt_without_a_point_is_a_score_of_zero() -> None:
    assert pre_bootcamp_score({1, 2}, {1: Decimal(0)}) == Decimal("0.00")


def test_the_mean_is_rounded_half_up_once() -> None:
    assert pre_bootcamp_score({1, 2}, {1: Decimal("33.33"), 2: Decimal(0)}) == Decimal("16.67")


@given(st.dictionaries(st.integers(1, 8), st.decimals(0, 100, places=2), min_size=1))
def test_the_mean_lies_between_nothing_and_the_maximum(percents: dict[int, Decimal]) -> None:
    score = pre_bootcamp_score(set(range(1, 9)), percents)
    assert score is not None
    assert 0 <= score <= 100


@given(last=MOMENTS, at=MOMENTS, shift=st.integers(-120, 120))
def test_times_grow_by_a_second_and_are_never_in_the_future(
    last: dt.datetime, at: dt.datetime, shift: int
) -> None:
    stamp = next_timestamp(last, shift=dt.timedelta(seconds=shift), at=at)
    if stamp is None:
        assert at + dt.timedelta(seconds=min(shift, 0)) < last + STEP + dt.timedelta(milliseconds=1)
    else:
        assert last + STEP <= stamp <= at


@given(last=MOMENTS, shift=st.integers(-120, 120))
def test_there_is_a_time_to_give_as_soon_as_promised(last: dt.datetime, shift: int) -> None:
    moved = dt.timedelta(seconds=shift)
    assert next_timestamp(last, shift=moved, at=earliest_send(last, shift=moved)) is not None


def test_a_first_time_is_now_to_the_millisecond_in_the_past() -> None:
    assert next_timestamp(None, at=AT) == AT.replace(microsecond=123_000)
    assert next_timestamp(None, shift=dt.timedelta(minutes=-1), at=AT) == AT.replace(
        minute=59, hour=8, microsecond=123_000
    )


@given(st.integers(1, 10_000), st.floats(0, 1))
def test_the_wait_is_bounded_however_often_something_failed(failures: int, jitter: float) -> None:
    assert dt.timedelta(0) < retry_delay(failures, jitter=jitter) <= LONGEST_DELAY


def test_the_wait_doubles() -> None:
    waits = [retry_delay(failures, jitter=0).total_seconds() for failures in range(1, 12)]
    assert waits == [4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 3600]


def test_the_wish_of_the_host_is_honoured_within_a_day() -> None:
    assert retry_delay(1, jitter=0.5, wish=dt.timedelta(minutes=5)) == dt.timedelta(minutes=5)
    assert retry_delay(9, jitter=0, wish=dt.timedelta(seconds=1)) == retry_delay(9, jitter=0)
    assert retry_delay(1, jitter=0, wish=dt.timedelta(days=400)) == LONGEST_WISH


@pytest.mark.parametrize(
    ("answered", "outcome", "reason"),
    [
        (Answered(200), Outcome.ACCEPTED, None),
        (Answered(201), Outcome.ACCEPTED, None),
        (Answered(204), Outcome.ACCEPTED, None),
        (Answered(408), Outcome.DOUBT, Reason.HOST_ERROR),
        (Answered(425), Outcome.RETRY, Reason.BUSY),
        (Answered(429), Outcome.RETRY, Reason.BUSY),
        (Answered(403, "403 Forbidden (Rate Limit Exceeded)\n"), Outcome.RETRY, Reason.BUSY),
        (Answered(403, "", throttled=True), Outcome.RETRY, Reason.BUSY),
        (Answered(403, "no"), Outcome.FINAL, Reason.PERMISSION),
        (
            Answered(403, "User in requested score is not enrolled in the org unit"),
            Outcome.FINAL,
            Reason.NOT_ENROLLED,
        ),
        (Answered(404, "User in requested score does not exist"), Outcome.FINAL, Reason.NOT_ENROLLED),
        (Answered(404), Outcome.FINAL, Reason.COLUMN_GONE),
        (Answered(410), Outcome.FINAL, Reason.COLUMN_GONE),
        (Answered(404, "This course has concluded"), Outcome.FINAL, Reason.CONCLUDED),
        (Answered(422, "This course has concluded"), Outcome.FINAL, Reason.CONCLUDED),
        (
            Answered(422, '{"errors":{"message":"User not found in course or is not a student"}}'),
            Outcome.FINAL,
            Reason.NOT_ENROLLED,
        ),
        (
            Answered(422, "maximum number of allowed attempts has been reached for this submission"),
            Outcome.FINAL,
            Reason.ATTEMPTS,
        ),
        (Answered(400, "Incorrect score received<pre>…</pre>"), Outcome.FINAL, Reason.NOT_ENROLLED),
        (Answered(400, "User could not be found:"), Outcome.FINAL, Reason.NOT_ENROLLED),
        (Answered(400, "something else"), Outcome.FINAL, Reason.REJECTED),
        (
            Answered(400, "Score already exists for the provided timestamp."),
            Outcome.DOUBT,
            Reason.CLOCKS,
        ),
        (Answered(409, "Refusing score with an earlier timestamp"), Outcome.DOUBT, Reason.CLOCKS),
        (Answered(401, "user not found"), Outcome.FINAL, Reason.PERMISSION),
        (Answered(423), Outcome.FINAL, Reason.LOCKED),
        (Answered(500, "[]"), Outcome.FINAL, Reason.LOCKED),
        (Answered(500, "<h1>Oops</h1>"), Outcome.DOUBT, Reason.HOST_ERROR),
        (Answered(503), Outcome.DOUBT, Reason.HOST_ERROR),
        (Answered(302), Outcome.FINAL, Reason.REJECTED),
    ],
    ids=lambda value: str(value)[:60],
)
def test_what_an_answer_means(answered: Answered, outcome: Outcome, reason: Reason | None) -> None:
    verdict = understand(answered)
    assert (verdict.outcome, verdict.reason) == (outcome, reason)


def looked(
    host: HostScore | None, *, attempted: str | None = "90", others: Sequence[str] = ("80",)
) -> Finding:
    return look_at(
        host,
        maximum=Decimal(100),
        wanted=Decimal(90),
        attempted=Decimal(attempted) if attempted else None,
        others=[Decimal(other) for other in others],
    )


@pytest.mark.parametrize(
    ("host", "finding"),
    [
        (None, Finding.FREE),
        (HostScore(Decimal(90), Decimal(100)), Finding.LANDED),
        (HostScore(Decimal("36.0001"), Decimal(40)), Finding.LANDED),
        (HostScore(Decimal(80), Decimal(100)), Finding.FREE),
        (HostScore(Decimal(72), Decimal(100)), Finding.CHANGED),
        (HostScore(Decimal(0), Decimal(100)), Finding.CHANGED),
        (HostScore(Decimal(90), None), Finding.LANDED),
    ],
)
def test_what_the_gradebook_tells(host: HostScore | None, finding: Finding) -> None:
    assert looked(host) is finding


def test_an_equal_score_of_an_older_attempt_may_lack_the_new_comment() -> None:
    shown = HostScore(Decimal(90), Decimal(100))
    assert looked(shown, attempted=None) is Finding.FREE
    assert looked(shown, others=["90"]) is Finding.FREE


@pytest.mark.parametrize(
    ("shown", "finding"), [("90", Finding.LANDED), ("89.99", Finding.FREE), ("89.995", Finding.FREE)]
)
def test_of_two_scores_that_hosts_would_round_alike_only_the_nearer_one_has_landed(
    shown: str, finding: Finding
) -> None:
    assert looked(HostScore(Decimal(shown), Decimal(100)), others=["89.99"]) is finding


def test_a_comparison_tells_matched_changed_and_missing() -> None:
    maximum, delivered = Decimal(100), Decimal("66.67")
    assert (
        compare(HostScore(Decimal("6.667"), Decimal(10)), maximum=maximum, delivered=delivered)
        is State.DELIVERED
    )
    assert compare(HostScore(Decimal(70), maximum), maximum=maximum, delivered=delivered) is State.CHANGED
    assert compare(None, maximum=maximum, delivered=delivered) is State.MISSING
