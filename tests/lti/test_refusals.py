"""Every refusal has its three sentences in both languages, and traces are kept briefly and without names."""

import datetime as dt
import re
import string

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_babel import force_locale

from sca_lms.database import db, transaction
from sca_lms.lti import housekeeping, traces
from sca_lms.lti.advice import ADVICE
from sca_lms.lti.models import LaunchTrace
from sca_lms.lti.profiles import GENERIC, PROFILES, profile_named
from sca_lms.lti.refusals import Code, LaunchRefused
from tests.lti.platform_double import Host

AT = dt.datetime(2026, 11, 22, 3, 0, tzinfo=dt.UTC)
PLACEHOLDER = re.compile(r"%\((\w+)\)s")
KNOWN = {
    "host",
    "where",
    "client_id",
    "deployment_id",
    "login_url",
    "redirect_uri",
    "tool_url",
    "custom",
    "sent",
    "known",
}


@pytest.mark.parametrize("code", Code)
def test_every_code_has_advice_for_three_people_in_both_languages(app: Flask, code: Code) -> None:
    advice = ADVICE[code]
    assert advice.status in {400, 401, 403}
    with app.test_request_context():
        for text in (advice.learner, advice.instructor, advice.administrator):
            said = {}
            for locale in ("th", "en"):
                with force_locale(locale):
                    said[locale] = str(text)
            assert said["th"] != said["en"]
            assert re.search("[ก-๙]", said["th"])
            assert set(PLACEHOLDER.findall(said["th"])) == set(PLACEHOLDER.findall(said["en"]))
            assert set(PLACEHOLDER.findall(said["en"])) <= KNOWN


def test_codes_are_short_words_that_can_be_relied_on() -> None:
    for code in Code:
        assert re.fullmatch(r"[a-z]+(-[a-z]+){1,2}", code)
        assert len(code) <= 32


def test_what_was_sent_is_shown_short_and_clean() -> None:
    told = LaunchRefused(Code.KEY_UNKNOWN, sent="a\x00b" + "x" * 500, known=7).told()
    assert told["sent"].startswith("abxxx")
    assert len(told["sent"]) <= 120
    assert told["known"] == "7"


def test_a_host_that_nobody_described_has_plain_words() -> None:
    assert profile_named("unheard-of") is GENERIC
    for profile in PROFILES.values():
        assert profile.title
        assert profile.fields.where


def test_a_reference_can_be_read_out_on_the_telephone() -> None:
    found = {traces.reference() for _ in range(200)}
    assert len(found) == 200
    for code in found:
        assert re.fullmatch(r"[2-9A-HJKMNP-Z]{4}-[2-9A-HJKMNP-Z]{4}", code)
        assert not set(code) & set("IL01O")


def _record(reference: str, *, at: dt.datetime = AT) -> None:
    traces.record(LaunchRefused(Code.KEY_MISSING), reference, {"a": "b"}, platform_id=None, at=at)


def test_a_trace_is_found_for_seven_days_however_its_reference_is_typed(app: Flask) -> None:
    with app.app_context():
        with transaction():
            _record("7F3K-2Q9D")
        for typed in ("7F3K-2Q9D", "7f3k-2q9d", " 7F3K2Q9D ", "7F3K 2Q9D"):
            found = traces.find(typed, at=AT + dt.timedelta(days=6))
            assert found is not None
            assert found.facts == {"a": "b"}
        assert traces.find("7F3K-2Q9D", at=AT + dt.timedelta(days=7)) is None
        with transaction():
            housekeeping.forget_expired(at=AT + dt.timedelta(days=7))
        assert db.session.scalar(sa.select(sa.func.count()).select_from(LaunchTrace)) == 0


def _kept(code: str) -> int:
    wanted = sa.select(sa.func.count()).where(LaunchTrace.code == code)
    return db.session.scalar(wanted) or 0


def _flood(code: str, count: int) -> None:
    """Write down many traces of one kind at once, without a host."""
    row = {"code": code, "at": AT, "platform_id": None, "facts": {}, "expires_at": AT}
    db.session.execute(
        sa.insert(LaunchTrace), [{**row, "reference": f"{code[:8]}{number}"} for number in range(count)]
    )


def test_a_flood_of_one_kind_pushes_out_nothing_but_itself(app: Flask, host: Host) -> None:
    with app.app_context(), transaction():
        for platform_id, code in ((None, Code.STATE_UNKNOWN), (host.platform_id, Code.KEY_MISSING)):
            traces.record(LaunchRefused(code), f"KEEP-{code[:4]}", {}, platform_id=platform_id, at=AT)
        _flood(Code.KEY_MISSING, traces.MOST_ALIKE + 50)
        _record("LAST-LAST")
        assert _kept(Code.KEY_MISSING) == traces.MOST_ALIKE + 1, "those of the flood, and one of the host"
        assert traces.find("LAST-LAST", at=AT) is not None
        kept = set(db.session.scalars(sa.select(LaunchTrace.reference)))
        assert {f"KEEP-{Code.STATE_UNKNOWN[:4]}", f"KEEP-{Code.KEY_MISSING[:4]}"} <= kept


def test_all_refused_launches_together_do_not_fill_the_disk(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(traces, "MOST", 300)
    with app.app_context(), transaction():
        _record("FIRST-ONE")
        for kind in ("aaaa", "bbbb", "cccc"):
            _flood(kind, 150)
        for number in range(traces.SWEEP_EVERY):
            _record(f"N{number}")
        total = db.session.scalar(sa.select(sa.func.count()).select_from(LaunchTrace)) or 0
        assert total <= 300 + traces.SWEEP_EVERY
        assert traces.find("FIRST-ONE", at=AT) is None


@pytest.mark.parametrize(
    "token", ["", "a.b.c", "....", "e30.e30.e30", "x" * 200_000, "W10.W10.W10", "bnVsbA.NQ.x"]
)
def test_a_trace_of_anything_at_all_can_be_made(token: str) -> None:
    described = traces.describe(token, secret_key="k")
    assert len(str(described)) < 5_000


def test_a_trace_looks_only_at_what_is_listed(host: Host) -> None:
    token = host.sign(host.claims("n", sub="u-1", email="a@b.example", custom={"secret": "s"}))
    described = traces.describe(token, secret_key="k")
    text = str(described)
    for hidden in ("u-1", "a@b.example", "ปวีณา", "secret", "บทเรียนแรก", token.split(".")[2]):
        assert hidden not in text
    assert set(str(described["header"])) <= set(string.printable)
    assert described["issuer"] == host.issuer
    assert described["subject_hash"] == traces.describe(token, secret_key="k")["subject_hash"]
    assert described["subject_hash"] != traces.describe(token, secret_key="other")["subject_hash"]
