"""Give service tokens to tools that prove who they are, and know them again."""

import datetime as dt
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sca_lms.demo.addresses import Addresses
from sca_lms.demo.keys import BadSignature, Claims, ToolKeys, peek
from sca_lms.demo.manners import TokenRules
from sca_lms.demo.service_errors import ServiceRefusal
from sca_lms.demo.site import SiteState, Tool, ToolState

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@dataclass(frozen=True, slots=True)
class Grant:
    """What a bearer of a token may do, and until when."""

    client_id: str
    scopes: frozenset[str]
    until: dt.datetime


@dataclass(slots=True)
class TokenOffice:
    """The tokens given out and the assertions seen; both are forgotten with the process."""

    grants: dict[str, Grant] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)

    def give(self, tool: Tool, scopes: frozenset[str], rules: TokenRules, at: dt.datetime) -> str:
        """Write a token for a tool."""
        token = secrets.token_urlsafe(24)
        until = at + dt.timedelta(seconds=rules.lifetime_seconds)
        self.grants[token] = Grant(tool.client_id, scopes, until)
        return token

    def check(self, header: str, needed: frozenset[str], rules: TokenRules, at: dt.datetime) -> Grant:
        """Return the grant of an `Authorization` header that has one of the needed scopes.

        Raises ServiceRefusal with the host's own status for a dead token, and for a wrong scope.
        """
        kind, _space, token = header.partition(" ")
        grant = self.grants.get(token.strip()) if kind.lower() == "bearer" else None
        if grant is None or grant.until <= at:
            raise ServiceRefusal(rules.dead_token_status, "No valid access token was sent")
        if not grant.scopes & needed:
            raise ServiceRefusal(rules.missing_scope_status, "The token lacks the scope for this request")
        return grant

    def revoke_all(self) -> None:
        """Make every token worthless, as a host does that restarts."""
        self.grants.clear()


def read_assertion(form: Mapping[str, str], state: SiteState) -> Tool:
    """Find the tool that a token request claims to come from; raises ServiceRefusal."""
    if form.get("grant_type") != "client_credentials":
        raise ServiceRefusal(400, "unsupported_grant_type")
    if form.get("client_assertion_type") != ASSERTION_TYPE or not form.get("client_assertion"):
        raise ServiceRefusal(400, "invalid_request")
    if not form.get("scope"):
        raise ServiceRefusal(400, "invalid_scope")
    tool = state.tools.get(_subject(form["client_assertion"]))
    if tool is None or tool.state is not ToolState.ACTIVE:
        raise ServiceRefusal(400, "invalid_client")
    return tool


def verify_assertion(
    assertion: str, tool: Tool, *, keys: ToolKeys, rules: TokenRules, addresses: Addresses, at: dt.datetime
) -> Claims:
    """Return the claims of an assertion that the tool signed for us; raises ServiceRefusal."""
    try:
        claims = keys.open(assertion, tool.jwks_uri, at)
    except BadSignature as error:
        raise ServiceRefusal(400, "invalid_client") from error
    if claims.get("sub") != tool.client_id:
        raise ServiceRefusal(400, "invalid_client")
    if rules.checks_issuer and claims.get("iss") != tool.client_id:
        raise ServiceRefusal(400, "invalid_client")
    if rules.checks_audience and not _audience(claims) & {rules.audience or addresses.tokens}:
        raise ServiceRefusal(400, "invalid_client")
    if rules.single_use and not claims.get("jti"):
        raise ServiceRefusal(400, "invalid_client")
    return claims


def grantable(form: Mapping[str, str], offered: Iterable[str], rules: TokenRules) -> frozenset[str]:
    """Return the asked scopes that the tool may have; raises ServiceRefusal.

    Some hosts drop the others and refuse when none is left, some refuse as soon as there is one too many.
    """
    asked = frozenset(form["scope"].split())
    scopes = asked & frozenset(offered)
    if not scopes or (scopes != asked and not rules.drops_unknown_scopes):
        raise ServiceRefusal(400, "invalid_scope")
    return scopes


def _audience(claims: Claims) -> set[str]:
    audience = claims.get("aud")
    return set(map(str, audience)) if isinstance(audience, list) else {str(audience)}


def _subject(assertion: str) -> str:
    try:
        return str(peek(assertion).get("sub") or "")
    except BadSignature as error:
        raise ServiceRefusal(400, "invalid_client") from error
