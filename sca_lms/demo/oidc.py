"""Decide on a tool's authorization request, in the order and with the words of Moodle's auth page."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sca_lms.demo.launches import Launch
from sca_lms.demo.site import Tool
from sca_lms.errors import Refused

REQUIRED = ("scope", "response_type", "client_id", "redirect_uri", "login_hint", "nonce")


class AuthorizationPage(Refused):
    """The request cannot be answered to the tool, since its address is not to be trusted."""

    code = "invalid-request"


@dataclass(frozen=True, slots=True)
class Authorization:
    """What to post to the tool, and where: an `id_token`, or an `error`."""

    redirect_uri: str
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Refusal:
    """An error in the words of OpenID Connect."""

    error: str
    description: str = ""

    def as_fields(self, state: str) -> dict[str, str]:
        """Return the form fields that carry the error to the tool."""
        fields = {"error": self.error}
        if self.description:
            fields["error_description"] = self.description
        return {**fields, "state": state} if state else fields


def trusted_tool(request: Mapping[str, str], tools: Mapping[str, Tool]) -> Tool:
    """Return the asking tool if its redirect URI is registered byte for byte; raises AuthorizationPage."""
    tool = tools.get(request.get("client_id", ""))
    if tool is None:
        raise AuthorizationPage("Invalid request: no tool is known by this client_id.")
    if request.get("redirect_uri") not in tool.redirect_uris:
        raise AuthorizationPage(
            "Invalid request: the redirect_uri is not one of those registered for this tool."
        )
    return tool


def judged(
    request: Mapping[str, str], *, launch: Launch | None, tool: Tool, user_id: str | None
) -> Launch | Refusal:
    """Return the launch that a request may have, or what is wrong with it."""
    missing = [name for name in REQUIRED if not request.get(name)]
    if missing:
        return Refusal("invalid_request", f"Missing {', '.join(missing)}")
    if request["scope"] != "openid":
        return Refusal("invalid_scope")
    if request["response_type"] != "id_token":
        return Refusal("unsupported_response_type")
    if launch is None:
        return Refusal("invalid_request", "No or used launch id in LTI hint")
    if launch.client_id != tool.client_id:
        return Refusal("unauthorized_client")
    if request["login_hint"] != user_id or launch.user_id != user_id:
        return Refusal("access_denied")
    return _wrong_form(request) or launch


def _wrong_form(request: Mapping[str, str]) -> Refusal | None:
    mode = request.get("response_mode", "")
    if mode != "form_post":
        return Refusal("invalid_request", "Invalid response_mode" if mode else "Missing response_mode")
    if request.get("prompt", "") not in {"", "none"}:
        return Refusal("invalid_request", "Invalid prompt")
    return None
