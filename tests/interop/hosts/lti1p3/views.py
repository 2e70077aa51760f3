"""Launches, tokens and the answers of the picker, each decided by the library."""

# mypy: disable-error-code="import-not-found,untyped-decorator", allow-subclassing-any
# Django and the library are in the hosts' own environment only.

import json

import jwt
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from lti1p3platform.exceptions import (
    LtiDeepLinkingResponseException,
    LtiException,
    MissingRequiredClaim,
    PreflightRequestValidationException,
    UnsupportedGrantType,
)
from lti1p3platform.framework.django.message_launch import DjangoLTI1P3MessageLaunch
from lti1p3platform.framework.django.oidc_login import DjangoAPIOIDCLogin
from lti1p3platform.framework.django.request import DjangoRequest

from tests.interop.hosts.lti1p3 import site
from tests.interop.hosts.lti1p3.site import Members

OAUTH = {MissingRequiredClaim: "invalid_request", UnsupportedGrantType: "unsupported_grant_type"}
PICKED = {"opaque": ["to", "the", "tool"]}


class Login(DjangoAPIOIDCLogin):
    """The first step of a launch."""

    def set_lti_message_hint(self, **kwargs: str) -> None:
        """Remember which launch this is."""
        self._lti_message_hint = kwargs["hint"]


class Launch(DjangoLTI1P3MessageLaunch):
    """The last step of a launch: says who comes, from where, and which services there are."""

    tool: site.Tool

    def prepare_launch(self, preflight_response: dict[str, str]) -> None:
        """Fill in what was decided when the launch began."""
        told = self.tool.launches[preflight_response["lti_message_hint"]]
        self.set_user_data(
            told["user"], told["roles"], full_name=told.get("name"), email_address=told.get("email")
        )
        self.set_resource_link_claim(told.get("link", "link-1"), title="บทเรียนแรก")
        self.set_launch_presentation_claim("iframe", f"{self.tool.base}/back")
        self.set_launch_context_claim(
            "context-9", ["http://purl.imsglobal.org/vocab/lis/v2/course#CourseSection"], "SCA รุ่นที่ 2", "SCA2"
        )
        self.set_custom_parameters_claim(told.get("custom", {}))
        self.set_nrps(f"{self.tool.base}/members")
        self.set_ags(self.tool.items_url, told.get("line_item"), self.tool.makes_columns)
        if told.get("deep_linking"):
            self.set_dl(f"{self.tool.base}/picked", title="Pick", extra_data=PICKED)


@csrf_exempt
def add_tool(request: HttpRequest) -> JsonResponse:
    """Register a tool and tell what its administrator has to be told."""
    tool = site.register(json.loads(request.body))
    return JsonResponse(
        {
            "issuer": tool.registration.get_iss(),
            "client_id": tool.registration.get_client_id(),
            "deployment_id": tool.registration.get_deployment_id(),
            "auth_login_url": f"{tool.base}/auth",
            "auth_token_url": f"{tool.base}/token",
            "jwks_url": f"{tool.base}/jwks",
        }
    )


@csrf_exempt
def show_tool(request: HttpRequest, client_id: str) -> JsonResponse:
    """Tell what a tool has placed; a POST changes whether it may make columns."""
    tool = site.tools[client_id]
    if request.method == "POST":
        tool.makes_columns = json.loads(request.body)["makes_columns"]
    return JsonResponse(
        {
            "content_items": tool.content_items,
            "line_items": [
                {**column.members, "scores": {user: score.members for user, score in column.scores.items()}}
                for column in tool.columns.values()
            ],
        }
    )


@csrf_exempt
def begin_launch(request: HttpRequest) -> HttpResponse:
    """Return where the browser of somebody who opens the tool goes first."""
    told: Members = json.loads(request.body)
    client_id, hint = str(told["client_id"]), f"launch-{next(site.serial)}"
    site.tools[client_id].launches[hint] = told
    login = Login(request, site.platform_of(client_id))
    login.set_lti_message_hint(hint=hint)
    if told.get("deep_linking"):
        login.set_deeplinking_launch_url()
    return JsonResponse({"url": login.initiate_login(str(told["user"])).headers["Location"]})


@csrf_exempt
def authenticate(request: HttpRequest, client_id: str) -> HttpResponse:
    """Answer the tool's authorization request."""
    launch = Launch(DjangoRequest(request), site.platform_of(client_id))
    launch.tool = site.tools[client_id]
    try:
        return launch.lti_launch()
    except PreflightRequestValidationException:
        return HttpResponse("the request is not valid", status=400)


def key_set(_request: HttpRequest, client_id: str) -> JsonResponse:
    """Show the keys with which launches are signed."""
    return JsonResponse(site.platform_of(client_id).get_jwks())


@csrf_exempt
def token(request: HttpRequest, client_id: str) -> JsonResponse:
    """Give an access token to whom the library believes."""
    platform = site.platform_of(client_id)
    # The library keeps a fetched key set for ever; a fresh one lets the tool's keys change.
    platform.get_registration().set_tool_key_set(None)
    try:
        return JsonResponse(platform.get_access_token(request.POST.dict()))
    except tuple(OAUTH) as fault:
        return JsonResponse({"error": OAUTH[type(fault)]}, status=400)
    except (LtiException, jwt.PyJWTError):
        return JsonResponse({"error": "invalid_client"}, status=401)


@csrf_exempt
def picked(request: HttpRequest, client_id: str) -> HttpResponse:
    """Take the answer of the picker."""
    try:
        items = site.platform_of(client_id).validate_deeplinking_resp(request.POST.dict())
    except (LtiException, LtiDeepLinkingResponseException, jwt.PyJWTError) as fault:
        return HttpResponse(str(fault), status=400)
    site.tools[client_id].content_items = items
    return HttpResponse("saved")
