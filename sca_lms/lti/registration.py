"""Register with a host that asks for it: read its configuration, present ourselves, keep the answer."""

import datetime as dt
import json
from http import HTTPStatus

from sca_lms.lti import invites, platforms
from sca_lms.lti.configuration import ToolAddresses
from sca_lms.lti.host_addresses import address_fault
from sca_lms.lti.models import DeploymentState, Platform, PlatformState, RegistrationInvite
from sca_lms.lti.outbound import Answer, Outbound, Unreachable
from sca_lms.lti.refused_registration import RegistrationRefused, Trouble
from sca_lms.lti.registration_documents import (
    HostConfiguration,
    Registration,
    details_of,
    read_answer,
    read_configuration,
    registration_request,
)
from sca_lms.lti.tokens import parse_json

LARGEST_DOCUMENT = 256 * 1024
LONGEST_TOKEN = 20_000
_TAKEN = {HTTPStatus.OK, HTTPStatus.CREATED}


def fetch_configuration(
    url: str, registration_token: str, *, way_out: Outbound, allow_private: bool
) -> HostConfiguration:
    """Ask a host what it says of itself; Canvas wants to see the token for that already.

    Raises `RegistrationRefused`.
    """
    fault = address_fault(url, allow_private=allow_private)
    if fault is not None:
        raise RegistrationRefused(Trouble.ADDRESS_REFUSED, sent="openid_configuration", known=fault)
    answer = _ask(way_out, "GET", url, registration_token)
    if answer.status != HTTPStatus.OK:
        raise RegistrationRefused(Trouble.CONFIGURATION_REFUSED, sent=answer.status, known=url)
    try:
        document = parse_json(answer.content)
    except ValueError as error:
        raise RegistrationRefused(Trouble.CONFIGURATION_UNREADABLE, known=url) from error
    return read_configuration(document, url=answer.url, allow_private=allow_private)


def register(
    host: HostConfiguration, registration_token: str, *, way_out: Outbound, addresses: ToolAddresses
) -> Registration:
    """Present this tool to a host and return as whom it knows us; raises `RegistrationRefused`."""
    body = json.dumps(registration_request(host, addresses)).encode()
    answer = _ask(way_out, "POST", host.registration_endpoint, registration_token, body)
    try:
        document = parse_json(answer.content)
    except ValueError as error:
        if answer.status in _TAKEN:
            raise RegistrationRefused(Trouble.ANSWER_UNREADABLE, sent="JSON") from error
        document = None
    if answer.status not in _TAKEN:
        raise RegistrationRefused(Trouble.HOST_REFUSED, sent=_reason(answer, document))
    return read_answer(document)


def keep(
    invite: RegistrationInvite,
    host: HostConfiguration,
    registered: Registration,
    *,
    allow_private: bool,
    at: dt.datetime,
) -> Platform:
    """Write the host down and use the invite up; without the invite's consent an operator must approve it."""
    platform = platforms.add_platform(
        details_of(host, registered),
        allow_private=allow_private,
        at=at,
        state=PlatformState.ACTIVE if invite.approves else PlatformState.PENDING,
        deployment_state=DeploymentState.ACTIVE if invite.approves else DeploymentState.INACTIVE,
        only_new=True,
    )
    invites.fulfil(invite, platform)
    return platform


def _ask(
    way_out: Outbound, method: str, url: str, registration_token: str, body: bytes | None = None
) -> Answer:
    headers = {"Accept": "application/json"}
    if registration_token:
        headers["Authorization"] = f"Bearer {registration_token}"
    if body is not None:
        headers["Content-Type"] = "application/json"
    try:
        return way_out.request(method, url, headers=headers, body=body, limit=LARGEST_DOCUMENT)
    except Unreachable as error:
        raise RegistrationRefused(Trouble.HOST_UNREACHABLE, sent=error, known=url) from error


def _reason(answer: Answer, document: object) -> str:
    """Return the host's own words for its refusal, or its status."""
    if isinstance(document, dict):
        for name in ("error_description", "message", "error"):
            said = document.get(name)
            if isinstance(said, str) and said.strip():
                return f"{answer.status} {said.strip()}"
    text = answer.content[:200].decode("utf-8", "replace").strip()
    return f"{answer.status} {text}" if text and not text.startswith("<") else str(answer.status)
