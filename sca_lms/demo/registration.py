"""Tell registering tools what the platform can do, and take them in when they present themselves well."""

import datetime as dt
from collections.abc import Mapping
from urllib.parse import urlsplit

from sca_lms.demo.addresses import Addresses, origin
from sca_lms.demo.bodies import Body
from sca_lms.demo.keys import BadSignature, SigningKeys
from sca_lms.demo.manners import Personality
from sca_lms.demo.service_errors import ServiceRefusal
from sca_lms.demo.site import (
    ALL_SCOPES,
    SCOPE_LINE_ITEM,
    SCOPE_LINE_ITEM_READ,
    SCOPE_NOTICES,
    SCOPE_RESULT,
    SCOPE_ROSTER,
    SCOPE_SCORE,
    SiteState,
    Tool,
    ToolState,
)

TOOL_CONFIGURATION = "https://purl.imsglobal.org/spec/lti-tool-configuration"
PLATFORM_CONFIGURATION = "https://purl.imsglobal.org/spec/lti-platform-configuration"
TOKEN_LIFETIME = dt.timedelta(hours=1)
TOKEN_SCOPE = "reg"  # noqa: S105 - the name of a scope, not a secret.
NAME_CLAIMS = frozenset({"name", "given_name", "family_name"})
REQUIRED = (
    "response_types",
    "initiate_login_uri",
    "redirect_uris",
    "client_name",
    "jwks_uri",
    "token_endpoint_auth_method",
    TOOL_CONFIGURATION,
)


def registration_token(keys: SigningKeys, client_id: str, issuer: str, at: dt.datetime) -> str:
    """Write the token that lets one tool register once, within an hour, as `client_id`."""
    issued = int(at.timestamp())
    return keys.sign(
        {
            "iss": issuer,
            "sub": client_id,
            "scope": TOKEN_SCOPE,
            "iat": issued,
            "exp": issued + int(TOKEN_LIFETIME.total_seconds()),
        }
    )


def registering_client(header: str, keys: SigningKeys, state: SiteState, at: dt.datetime) -> str:
    """Return the client id of an unused registration token; raises ServiceRefusal (401)."""
    kind, _space, token = header.partition(" ")
    if kind.lower() != "bearer":
        raise ServiceRefusal(401, "missing_registration_token")
    try:
        claims = keys.open(token.strip(), at)
    except BadSignature as error:
        raise ServiceRefusal(401, "invalid_registration_token") from error
    client_id = str(claims.get("sub") or "")
    if claims.get("scope") != TOKEN_SCOPE or not client_id:
        raise ServiceRefusal(401, "invalid_registration_token")
    if client_id in state.tools or client_id in state.used_registrations:
        raise ServiceRefusal(401, "token_already_used")
    return client_id


def configuration(personality: Personality, addresses: Addresses, site_name: str) -> dict[str, object]:
    """Return the OpenID configuration of the platform."""
    rules = personality.registration
    platform: dict[str, object] = {
        "product_family_code": personality.family,
        "version": personality.version,
        "messages_supported": [
            {"type": message, "placements": ["ContentArea"]} if "DeepLink" in message else {"type": message}
            for message in rules.messages
        ],
        "variables": sorted(personality.launch.variables),
    }
    if rules.extension:
        platform["https://canvas.instructure.com/lti/account_name"] = site_name
    return {
        "issuer": addresses.base,
        "authorization_endpoint": addresses.authorization,
        "token_endpoint": addresses.tokens,
        "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": ["RS256"],
        "jwks_uri": addresses.keys,
        "registration_endpoint": addresses.registration,
        "scopes_supported": [
            *("openid", *ALL_SCOPES),
            *([SCOPE_NOTICES] if personality.launch.notices else []),
        ],
        "response_types_supported": ["id_token"],
        "subject_types_supported": ["public", "pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "claims_supported": ["sub", "iss", "name", "given_name", "family_name", "email"],
        PLATFORM_CONFIGURATION: platform,
    }


def read_registration(body: Body, client_id: str) -> Tool:
    """Check what a tool says of itself and return it, pending; raises ServiceRefusal (400)."""
    for name in REQUIRED:
        if not body.get(name):
            raise ServiceRefusal(400, f"missing required attribute {name}")
    tool_part = body[TOOL_CONFIGURATION]
    if not isinstance(tool_part, Mapping):
        raise ServiceRefusal(400, "invalid_tool_configuration")
    _check_protocol(body)
    target = _checked_target(tool_part)
    claims = _texts(tool_part.get("claims"))
    custom = tool_part.get("custom_parameters")
    return Tool(
        client_id=client_id,
        name=str(body["client_name"]),
        initiate_login_uri=_address(body, "initiate_login_uri"),
        redirect_uris=_texts(body["redirect_uris"]),
        jwks_uri=_address(body, "jwks_uri"),
        target_link_uri=target,
        deployment_ids=(),
        scopes=granted_scopes(str(body.get("scope") or "").split()),
        custom={str(key): str(value) for key, value in custom.items()} if isinstance(custom, Mapping) else {},
        deep_link_uri=_deep_link_target(tool_part, target),
        description=str(tool_part.get("description") or ""),
        sends_name=bool(NAME_CLAIMS & set(claims)),
        sends_email="email" in claims,
        state=ToolState.PENDING,
    )


def granted_scopes(asked: list[str]) -> tuple[str, ...]:
    """Return the scopes that a registration leads to: any grade scope brings reading and scoring."""
    granted: list[str] = []
    grades = {SCOPE_SCORE, SCOPE_RESULT, SCOPE_LINE_ITEM_READ, SCOPE_LINE_ITEM}
    if grades & set(asked):
        granted += [SCOPE_SCORE, SCOPE_RESULT, SCOPE_LINE_ITEM_READ]
    if SCOPE_LINE_ITEM in asked:
        granted.append(SCOPE_LINE_ITEM)
    if SCOPE_ROSTER in asked:
        granted.append(SCOPE_ROSTER)
    if SCOPE_NOTICES in asked:
        granted.append(SCOPE_NOTICES)
    return tuple(granted)


def answer(tool: Tool, body: Body, personality: Personality) -> dict[str, object]:
    """Return the registration as the platform has noted it."""
    tool_part = body[TOOL_CONFIGURATION]
    messages = tool_part.get("messages") if isinstance(tool_part, Mapping) else None
    kept = [each for each in messages if _kept(each, personality)] if isinstance(messages, list) else []
    claims = ["sub", "iss"]
    claims += ["name", "given_name", "family_name"] if tool.sends_name else []
    claims += ["email"] if tool.sends_email else []
    return {
        "client_id": tool.client_id,
        "client_name": tool.name,
        "application_type": "web",
        "response_types": ["id_token"],
        "grant_types": ["client_credentials", "implicit"],
        "token_endpoint_auth_method": "private_key_jwt",
        "initiate_login_uri": tool.initiate_login_uri,
        "redirect_uris": list(tool.redirect_uris),
        "jwks_uri": tool.jwks_uri,
        "scope": " ".join(tool.scopes),
        TOOL_CONFIGURATION: {
            "deployment_id": tool.deployment_id,
            "target_link_uri": tool.target_link_uri,
            "domain": urlsplit(tool.target_link_uri).netloc,
            "description": tool.description,
            "claims": claims,
            "messages": kept,
            "custom_parameters": dict(tool.custom),
        },
    }


def _check_protocol(body: Body) -> None:
    if "id_token" not in _texts(body["response_types"]):
        raise ServiceRefusal(400, "invalid_response_types")
    redirects = body["redirect_uris"]
    if not isinstance(redirects, list) or not all(origin(each) for each in _texts(redirects)):
        raise ServiceRefusal(400, "invalid_redirect_uris")
    if body["token_endpoint_auth_method"] != "private_key_jwt":  # noqa: S105 - the name of a method.
        raise ServiceRefusal(400, "invalid_token_endpoint_auth_method")
    if body.get("application_type") not in {None, "", "web"}:
        raise ServiceRefusal(400, "invalid_application_type")


def _checked_target(tool_part: Mapping[str, object]) -> str:
    target, domain = tool_part.get("target_link_uri"), tool_part.get("domain")
    for name, value in (("target_link_uri", target), ("domain", domain)):
        if not isinstance(value, str) or not value:
            raise ServiceRefusal(400, f"missing required attribute {name}")
    if urlsplit(str(target)).netloc != domain:
        raise ServiceRefusal(400, "domain_targetlinkuri_mismatch")
    return str(target)


def _address(body: Body, name: str) -> str:
    value = str(body[name])
    if not origin(value):
        raise ServiceRefusal(400, f"invalid_{name}")
    return value


def _deep_link_target(tool_part: Mapping[str, object], target: str) -> str:
    """Return where deep linking begins; of several such messages the last one counts."""
    found = ""
    messages = tool_part.get("messages")
    for message in messages if isinstance(messages, list) else []:
        if isinstance(message, Mapping) and message.get("type") == "LtiDeepLinkingRequest":
            found = str(message.get("target_link_uri") or target)
    return found


def _kept(message: object, personality: Personality) -> bool:
    if not isinstance(message, Mapping):
        return False
    kind = message.get("type")
    if kind == "LtiSubmissionReviewRequest":
        return personality.registration.echoes_review
    return kind in personality.registration.messages and kind != "LtiResourceLinkRequest"


def _texts(value: object) -> tuple[str, ...]:
    return tuple(str(each) for each in value) if isinstance(value, list) else ()
