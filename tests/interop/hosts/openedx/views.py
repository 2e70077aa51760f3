"""What authors and learners do in Open edX before its LTI consumer takes over."""

# mypy: disable-error-code="import-not-found,untyped-decorator"
# Django is in the hosts' own environment only.

import itertools
import json

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from lti_consumer.api import get_lti_1p3_launch_info, get_lti_1p3_launch_start_url
from lti_consumer.data import Lti1p3LaunchData
from lti_consumer.models import Lti1p3Passport, LtiConfiguration
from opaque_keys.edx.keys import UsageKey

from tests.interop.hosts.openedx import lms

_serial = itertools.count(1)


@csrf_exempt
def add_block(request: HttpRequest) -> JsonResponse:
    """Place the tool in a course, and tell what Studio tells the author about it."""
    told = json.loads(request.body)
    location = UsageKey.from_string(f"block-v1:SCA+PB+2026+type@lti_consumer+block@tool{next(_serial)}")
    tool = told["tool"]
    config = LtiConfiguration.objects.create(
        version=LtiConfiguration.LTI_1P3,
        config_store=LtiConfiguration.CONFIG_ON_DB,
        location=location,
        lti_1p3_passport=Lti1p3Passport.objects.create(lti_1p3_tool_keyset_url=tool["key_set"]),
        lti_1p3_oidc_url=tool["login"],
        lti_1p3_launch_url=tool["launch"],
        lti_1p3_redirect_uris=told.get("redirect_uris", []),
        lti_advantage_enable_nrps=True,
        lti_advantage_deep_linking_enabled=True,
        lti_advantage_deep_linking_launch_url=tool["launch"],
        lti_advantage_ags_mode=told["grades"],
    )
    info = get_lti_1p3_launch_info(_launch_data(config, {"user": "author", "role": "instructor"}))
    return JsonResponse(
        {
            "block": config.id,
            "issuer": settings.LTI_API_BASE,
            "client_id": info["client_id"],
            "deployment_id": info["deployment_id"],
            "auth_login_url": info["oidc_callback"],
            "auth_token_url": info["token_url"],
            "jwks_url": info["keyset_url"],
        }
    )


@csrf_exempt
def begin_launch(request: HttpRequest) -> JsonResponse:
    """Return where the browser of somebody who opens the block goes first."""
    told = json.loads(request.body)
    lms.people[told["user"]] = told.get("name", "")
    config = LtiConfiguration.objects.get(pk=told["block"])
    url = get_lti_1p3_launch_start_url(
        _launch_data(config, told),
        deep_link_launch=told.get("deep_linking", False),
        dl_content_id=told.get("content_item"),
    )
    return JsonResponse({"url": url})


def show_block(_request: HttpRequest, block_id: int) -> JsonResponse:
    """Return what the consumer has stored of a block, and what has reached the gradebook."""
    config = LtiConfiguration.objects.get(pk=block_id)
    items = config.ltidlcontentitem_set.order_by("pk")
    columns = config.ltiagslineitem_set.order_by("pk")
    return JsonResponse(
        {
            "content_items": [
                {"id": item.pk, "type": item.content_type, **item.attributes} for item in items
            ],
            "line_items": [
                {
                    "label": column.label,
                    "resource_id": column.resource_id,
                    "tag": column.tag,
                    "maximum": column.score_maximum,
                    "scores": {score.user_id: score.score_given for score in column.scores.all()},
                }
                for column in columns
            ],
            "published": [vars(grade) for grade in lms.block_at(config.location).published],
        }
    )


def _launch_data(config: LtiConfiguration, told: dict[str, str]) -> Lti1p3LaunchData:
    return Lti1p3LaunchData(
        user_id=told["user"],
        external_user_id=told["user"],
        user_role=told["role"],
        config_id=config.config_id,
        resource_link_id=str(config.location),
        name=told.get("name"),
        email=told.get("email"),
        launch_presentation_document_target="iframe",
        launch_presentation_return_url=f"{settings.LMS_ROOT_URL}/courses/{lms.COURSE}",
        context_id=lms.COURSE,
        context_type=["course_offering"],
        context_title="SCA รุ่นที่ 2",
        context_label="SCA+PB",
        custom_parameters=told.get("custom", {}),
    )
