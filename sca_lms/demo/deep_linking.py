"""Read what a picker answers and make the activities and columns that it chose."""

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from sca_lms.demo.addresses import origin
from sca_lms.demo.bodies import as_json, number, parameters, read_body, text
from sca_lms.demo.keys import Claims, ToolKeys
from sca_lms.demo.launches import DEEP_LINKING, LTI, Launch
from sca_lms.demo.manners import DeepLinkRules
from sca_lms.demo.service_errors import ServiceRefusal
from sca_lms.demo.site import Activity, LineItem, SiteState, Tool
from sca_lms.errors import Refused
from sca_lms.texts import Bilingual

RESOURCE_LINK = "ltiResourceLink"


class AnswerRefused(Refused):
    """The picker's answer cannot be used; the sentence names the claim at fault."""

    code = "deep-link-refused"


@dataclass(frozen=True, slots=True)
class Picked:
    """One item of an answer, read and found good."""

    title: str
    text: str
    url: str
    custom: dict[str, str]
    column_label: str = ""
    maximum: Decimal | None = None
    resource_id: str = ""
    tag: str = ""
    review_url: str = ""
    review_custom: dict[str, str] | None = None

    @property
    def maximum_text(self) -> str:
        """Return the maximum as people write it."""
        return "" if self.maximum is None else str(as_json(self.maximum))


@dataclass(frozen=True, slots=True)
class PickerAnswer:
    """A whole answer: the items, and what the tool wants to tell the person."""

    items: tuple[Picked, ...]
    message: str
    error: str


def read_answer(
    token: str,
    *,
    launch: Launch,
    tool: Tool,
    keys: ToolKeys,
    rules: DeepLinkRules,
    issuer: str,
    nonces: set[str],
    at: dt.datetime,
) -> PickerAnswer:
    """Check an answer against the request that led to it; raises AnswerRefused or BadSignature."""
    claims = keys.open(token, tool.jwks_uri, at)
    _check_sender(claims, tool, rules, issuer, nonces)
    if rules.sends_data and claims.get(DEEP_LINKING + "data") != launch.data:
        raise AnswerRefused("data: did not come back as it was sent")
    items = claims.get(DEEP_LINKING + "content_items", [])
    if not isinstance(items, list):
        raise AnswerRefused("content_items: not a list")
    if len(items) > 1 and not rules.accept_multiple:
        raise AnswerRefused("content_items: this host takes one item only")
    return PickerAnswer(
        items=tuple(_picked(each, tool, rules) for each in items),
        message=str(claims.get(DEEP_LINKING + "msg") or ""),
        error=str(claims.get(DEEP_LINKING + "errormsg") or ""),
    )


def add_items(
    state: SiteState, course_id: str, tool: Tool, answer: PickerAnswer, rules: DeepLinkRules
) -> list[Activity]:
    """Make one activity an item, and a column for each that is graded."""
    made = []
    for picked in answer.items:
        title = Bilingual.of(picked.title)
        activity = Activity(
            id=state.new_id(),
            course_id=course_id,
            client_id=tool.client_id,
            title=title,
            url=picked.url,
            text=picked.text,
            custom=picked.custom,
        )
        state.activities[activity.id] = activity
        if picked.maximum is not None and rules.makes_columns:
            item = LineItem(
                id=state.new_id(),
                course_id=course_id,
                client_id=tool.client_id,
                label=(picked.column_label if rules.column_takes_label else "") or picked.title,
                maximum=picked.maximum,
                activity_id=activity.id,
                resource_id=picked.resource_id,
                tag=picked.tag,
                coupled=True,
                review_url=picked.review_url,
                review_custom=picked.review_custom or {},
            )
            state.line_items[item.id] = item
        made.append(activity)
    return made


def _check_sender(claims: Claims, tool: Tool, rules: DeepLinkRules, issuer: str, nonces: set[str]) -> None:
    audience = claims.get("aud")
    audiences = audience if isinstance(audience, list) else [audience]
    nonce = claims.get("nonce")
    faults = {
        "iss: must be the client id": claims.get("iss") != tool.client_id,
        "message_type: must be LtiDeepLinkingResponse": claims.get(LTI + "message_type")
        != "LtiDeepLinkingResponse",
        "version: must be 1.3.0": claims.get(LTI + "version") != "1.3.0",
        "aud: must be the issuer": rules.checks_audience and issuer not in audiences,
        "deployment_id: must be the one of the request": rules.checks_deployment
        and claims.get(LTI + "deployment_id") != tool.deployment_id,
        "nonce: missing or used before": rules.checks_nonce and (not nonce or str(nonce) in nonces),
    }
    for sentence, found in faults.items():
        if found:
            raise AnswerRefused(sentence)
    nonces.add(str(nonce))


def _picked(item: object, tool: Tool, rules: DeepLinkRules) -> Picked:
    if not isinstance(item, Mapping):
        raise AnswerRefused("content_items: an item is not an object")
    if item.get("type") not in rules.accept_types or item.get("type") != RESOURCE_LINK:
        raise AnswerRefused(f"content_items: the type {item.get('type')!r} is not accepted here")
    try:
        url = text(item, "url")
        picked = Picked(
            title=text(item, "title") or tool.name,
            text=text(item, "text"),
            url=url,
            custom=parameters(item, "custom"),
        )
        column = item.get("lineItem")
        if url and origin(url) != origin(tool.target_link_uri):
            raise AnswerRefused("url: leads away from the tool")
        if not url and rules.url_required:
            raise AnswerRefused("url: missing, the link would be invalid here")
        if url and rules.url_is_target and url != tool.target_link_uri:
            raise AnswerRefused("url: is not the registered one")
        return _with_column(picked, column) if isinstance(column, Mapping) else picked
    except ServiceRefusal as error:
        raise AnswerRefused(f"content_items: {error}") from error


def _with_column(picked: Picked, column: Mapping[str, object]) -> Picked:
    exact = read_body(json.dumps(dict(column)).encode())
    maximum = number(exact, "scoreMaximum")
    if maximum is None or maximum <= 0:
        raise AnswerRefused("lineItem.scoreMaximum: missing or not above zero")
    review = column.get("submissionReview")
    reviewed = review if isinstance(review, Mapping) else {}
    return replace(
        picked,
        column_label=text(exact, "label"),
        maximum=maximum,
        resource_id=text(exact, "resourceId"),
        tag=text(exact, "tag"),
        review_url=text(reviewed, "url"),
        review_custom=parameters(reviewed, "custom"),
    )
