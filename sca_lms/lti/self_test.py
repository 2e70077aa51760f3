"""Try out the connection to a host step by step, and say in words which setting of which side is wrong."""

import datetime as dt
import email.utils
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus

from flask_babel import lazy_gettext as _l

from sca_lms.errors import Text
from sca_lms.lti import access_tokens, scopes
from sca_lms.lti.access_tokens import TokenDelayed, TokenRefused
from sca_lms.lti.configuration import ToolAddresses
from sca_lms.lti.host_addresses import ADDRESS_FIELDS, address_fault
from sca_lms.lti.keysets import LARGEST_KEY_SET
from sca_lms.lti.models import Platform, PlatformState
from sca_lms.lti.outbound import Answer, Outbound, Unreachable
from sca_lms.lti.profiles import profile_named
from sca_lms.lti.tokens import keys_of, parse_json

BUDGET_SECONDS = 11.0
"""For all steps together; the page answers within twelve seconds."""
STEP_SECONDS = 4.0
LEAST_SECONDS = 0.5
SKEW_SHOWN = 2
"""Below so many seconds the clocks agree: the date of an answer knows no parts of a second."""
SKEW_NOTED = dt.timedelta(seconds=10)
SKEW_REFUSED = dt.timedelta(seconds=60)
"""Beyond it launches are refused, because they come from the future or have ended."""

SERVICES = {
    scopes.LINE_ITEM: _l("Make columns"),
    scopes.LINE_ITEM_READ: _l("List columns"),
    scopes.RESULT: _l("Read scores back"),
    scopes.SCORE: _l("Send scores"),
    scopes.ROSTER: _l("List of participants"),
}
"""What each scope is good for, in the order in which they are tried."""


_STRANGERS = {"invalid_client", "invalid_grant"}


class Outcome(StrEnum):
    """How a step went."""

    OK = "ok"
    WARNING = "warning"
    FAULT = "fault"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the test: what was tried, how it went, and what to do about it."""

    name: str
    title: Text
    outcome: Outcome
    sentence: Text


class _Time:
    """What is left of the time for all steps, and a way out that keeps to it."""

    def __init__(self, *, allow_private: bool, budget: float) -> None:
        self._allow_private = allow_private
        self._ends = time.monotonic() + budget

    def is_over(self) -> bool:
        return self._ends - time.monotonic() < LEAST_SECONDS

    def way_out(self) -> Outbound:
        left = max(LEAST_SECONDS, self._ends - time.monotonic())
        return Outbound(allow_private=self._allow_private, budget=min(STEP_SECONDS, left))


def examine(
    platform: Platform,
    *,
    addresses: ToolAddresses,
    allow_private: bool,
    now: Callable[[], dt.datetime],
    budget: float = BUDGET_SECONDS,
) -> list[Step]:
    """Try everything that a launch and a score need; call it outside of a transaction.

    A step that fails does not end the test, except where the next one could only fail for the same reason.
    """
    left = _Time(allow_private=allow_private, budget=budget)
    steps = [_registration(platform), *_addresses(platform, allow_private=allow_private)]
    if any(step.outcome is Outcome.FAULT for step in steps[1:]):
        return steps
    steps.append(_login_page(platform, left))
    steps.extend(_key_set(platform, left, now=now))
    steps.extend(_services(platform, left, addresses=addresses, now=now))
    return steps


def passed(steps: list[Step]) -> bool:
    """Tell whether nothing has to be changed."""
    return all(step.outcome is not Outcome.FAULT for step in steps)


def _registration(platform: Platform) -> Step:
    title = _l("Registration here")
    if platform.state is PlatformState.ACTIVE:
        return Step("state", title, Outcome.OK, _l("Launches of this host are let in."))
    if platform.state is PlatformState.PENDING:
        advice = _l("The host waits for approval. Let it in on this tool's hosts page.")
    else:
        advice = _l("The host is switched off. Switch it on again on this tool's hosts page.")
    return Step("state", title, Outcome.FAULT, advice)


def _addresses(platform: Platform, *, allow_private: bool) -> Iterator[Step]:
    for field in ADDRESS_FIELDS:
        fault = address_fault(getattr(platform, field), allow_private=allow_private)
        if fault is not None:
            yield Step(f"address-{field}", _l("Our field %(field)s", field=field), Outcome.FAULT, fault)


def _login_page(platform: Platform, left: _Time) -> Step:
    """Look whether there is anything at the login address; strangers get an error there, but an answer."""
    title = _l("Login address")
    try:
        # A redirect is as good an answer as any; HEAD leaves it where it is.
        answer = left.way_out().request("HEAD", platform.auth_login_url)
    except Unreachable as error:
        return Step("login", title, Outcome.WARNING, _field_fault("auth_login_url", error))
    if answer.status in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}:
        advice = _l(
            "There is no page at this address. Correct our field auth_login_url: "
            "the host calls it authentication request URL."
        )
        return Step("login", title, Outcome.FAULT, advice)
    return Step("login", title, Outcome.OK, _l("It answers."))


def _key_set(platform: Platform, left: _Time, *, now: Callable[[], dt.datetime]) -> Iterator[Step]:
    title = _l("Key set of the host")
    try:
        answer = left.way_out().request(
            "GET", platform.jwks_url, headers={"Accept": "application/json"}, limit=LARGEST_KEY_SET
        )
    except Unreachable as error:
        yield Step("key-set", title, Outcome.FAULT, _field_fault("jwks_url", error))
        return
    yield Step("key-set", title, *_judge_key_set(answer))
    yield compare_clocks(answer, at=now())


def _judge_key_set(answer: Answer) -> tuple[Outcome, Text]:
    if answer.status != HTTPStatus.OK:
        return Outcome.FAULT, _l(
            "It answers with the status %(status)s. Correct our field jwks_url: "
            "the host calls it public keyset URL.",
            status=answer.status,
        )
    try:
        document = parse_json(answer.content)
    except ValueError:
        return Outcome.FAULT, _l(
            "It is not a JSON document; a login page may stand there. Correct our field jwks_url."
        )
    listed = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(document, dict) or not isinstance(listed, list):
        return Outcome.FAULT, _l("It is JSON but no key set. Correct our field jwks_url.")
    names = {str(entry.get("kid")) for entry in listed if isinstance(entry, dict) and entry.get("kid")}
    usable = sum(bool(keys_of(document, name)) for name in names)
    if not usable:
        return Outcome.FAULT, _l(
            "It holds no key with which a launch can be checked: RSA of 2048 bits or more, with a kid."
        )
    return Outcome.OK, _l("Keys that can be used: %(number)s.", number=usable)


def compare_clocks(answer: Answer, *, at: dt.datetime) -> Step:
    """Compare the host's clock with ours by the date of its answer."""
    title = _l("Clocks")
    try:
        theirs = email.utils.parsedate_to_datetime(str(answer.headers.get("Date") or ""))
    except ValueError:
        return Step("clock", title, Outcome.SKIPPED, _l("The host does not say what time it is there."))
    skew = (theirs if theirs.tzinfo else theirs.replace(tzinfo=dt.UTC)) - at
    seconds = round(skew.total_seconds())
    if abs(seconds) < SKEW_SHOWN:
        return Step("clock", title, Outcome.OK, _l("The clocks agree."))
    if seconds > 0:
        found = _l("The host's clock is %(seconds)s seconds ahead of ours.", seconds=seconds)
    else:
        found = _l("The host's clock is %(seconds)s seconds behind ours.", seconds=-seconds)
    if abs(skew) <= SKEW_NOTED:
        return Step("clock", title, Outcome.OK, found)
    advice = _l(
        "%(found)s Launches are refused beyond 60. Set both clocks by a time service (NTP).", found=found
    )
    return Step("clock", title, Outcome.FAULT if abs(skew) > SKEW_REFUSED else Outcome.WARNING, advice)


def _services(
    platform: Platform, left: _Time, *, addresses: ToolAddresses, now: Callable[[], dt.datetime]
) -> Iterator[Step]:
    """Ask for a token for each service by itself, because a host refuses all when it refuses one."""
    stopped: Text | None = None
    for scope, title in SERVICES.items():
        name = f"token-{scope.rsplit('/', 1)[-1]}"
        if stopped is None and left.is_over():
            stopped = _l("Not tried: the host takes too long.")
        if stopped is not None:
            yield Step(name, title, Outcome.SKIPPED, stopped)
            continue
        try:
            granted = access_tokens.fetch(platform, [scope], way_out=left.way_out(), at=now())
        except Unreachable as error:
            yield Step(name, title, Outcome.FAULT, _field_fault("auth_token_url", error))
            stopped = _l("Not tried: the token address does not answer.")
        except TokenDelayed as error:
            later = _l("The host cannot answer now: %(reason)s. Try again later.", reason=error)
            yield Step(name, title, Outcome.WARNING, later)
        except TokenRefused as error:
            yield Step(name, title, Outcome.FAULT, _refusal(platform, error, addresses))
            if error.error in _STRANGERS:
                stopped = _l("Not tried: the host does not know who we are.")
        else:
            given = granted.scopes is None or scope in granted.scopes
            fine = _l("The host gives a token.")
            yield Step(
                name,
                title,
                Outcome.OK if given else Outcome.FAULT,
                fine if given else _not_given(platform),
            )


def _refusal(platform: Platform, error: TokenRefused, addresses: ToolAddresses) -> Text:
    fields = profile_named(platform.profile).fields
    if error.error in _STRANGERS:
        return _l(
            "The host does not accept who we are. There, at %(where)s: %(key_set)s must be %(address)s. "
            "Here: client_id must be the host's %(client_id)s, and token_audience what the host expects, "
            "or empty.",
            where=fields.where,
            key_set=fields.key_set_url,
            address=addresses.key_set,
            client_id=fields.client_id,
        )
    if error.error in {"invalid_scope", "unauthorized_client"}:
        return _not_given(platform)
    return _l(
        "The host gives no token: %(reason)s. Our field auth_token_url is %(address)s.",
        reason=error,
        address=platform.auth_token_url,
    )


def _not_given(platform: Platform) -> Text:
    where = profile_named(platform.profile).fields.where
    return _l(
        "The host does not let the tool use this service. Switch it on there, at %(where)s.", where=where
    )


def _field_fault(field: str, error: Unreachable) -> Text:
    return _l(
        "%(reason)s. Correct our field %(field)s, or let the host's firewall admit this server.",
        reason=error,
        field=field,
    )
