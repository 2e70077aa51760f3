"""Write the answer of the picker: content items and the message that carries them.

https://www.imsglobal.org/spec/lti-dl/v2p0 sections 3.2 and 4.5. A member that has nothing to say is left out:
hosts stumble over null and over empty objects.
"""

import datetime as dt
import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sca_lms.lti import vocabulary as lti
from sca_lms.lti.ags import json_number
from sca_lms.lti.configuration import FRAME_HEIGHT, FRAME_WIDTH, ICON_PIXELS, ToolAddresses, variables
from sca_lms.lti.linkables import HOME, Column, Linkable
from sca_lms.lti.picker_settings import LINK_TYPE, PickerSettings, Target
from sca_lms.lti.profiles import Profile

RESPONSE = "LtiDeepLinkingResponse"
CONTENT_ITEMS = "https://purl.imsglobal.org/spec/lti-dl/claim/content_items"
DATA = "https://purl.imsglobal.org/spec/lti-dl/claim/data"
MESSAGE = "https://purl.imsglobal.org/spec/lti-dl/claim/msg"
LIFETIME = dt.timedelta(minutes=5)
HEAD_START = dt.timedelta(seconds=5)
"""Moodle compares `iat` with its own clock and forgives nothing."""
WINDOW_NAME = "sca-lms"
REVIEWABLE = ("InProgress", "Submitted", "Completed")


@dataclass(frozen=True, slots=True)
class Chosen:
    """One activity that was chosen, and whether the host is asked to make its column."""

    linkable: Linkable
    column: Column | None


def with_columns(chosen: Sequence[Linkable], *, wanted: Collection[str]) -> list[Chosen]:
    """Give each wanted column to one of the chosen activities, the home before all others.

    Two activities may share a column of the programme; the host would make it twice.
    """
    left = set(wanted)
    found: dict[str, Chosen] = {}
    for linkable in sorted(chosen, key=lambda each: each.activity != HOME):
        column = linkable.column if linkable.column and linkable.column.code in left else None
        if column is not None:
            left.discard(column.code)
        found[linkable.activity] = Chosen(linkable, column)
    return [found[linkable.activity] for linkable in chosen]


def content_item(
    chosen: Chosen, *, addresses: ToolAddresses, profile: Profile, locale: str, target: Target | None
) -> dict[str, object]:
    """Return one activity as the host is asked to make it.

    The address is the same for all, because D2L wants it to equal the registered one and Moodle compares
    redirect addresses to the letter; `custom` says which activity it is.
    """
    linkable = chosen.linkable
    item: dict[str, object] = {
        "type": LINK_TYPE,
        "title": linkable.title.pick(locale)[0],
        "text": linkable.text.pick(locale)[0],
        "url": addresses.launch,
        "icon": {"url": addresses.icon, "width": ICON_PIXELS, "height": ICON_PIXELS},
        "custom": {lti.CUSTOM_ACTIVITY: linkable.activity, **variables()},
        "available": _period(start=linkable.available_from, end=linkable.available_until),
        "submission": _period(end=linkable.due),
    }
    if chosen.column is not None:
        item["lineItem"] = _line_item(
            chosen.column, linkable, addresses=addresses, profile=profile, locale=locale
        )
    if target is Target.IFRAME:
        item["iframe"] = {"width": FRAME_WIDTH, "height": FRAME_HEIGHT}
    elif target is Target.WINDOW:
        item["window"] = {"targetName": WINDOW_NAME}
    return {name: value for name, value in item.items() if value}


def response_claims(
    items: Sequence[Mapping[str, object]],
    settings: PickerSettings,
    *,
    issuer: str,
    client_id: str,
    deployment_id: str,
    message: str,
    at: dt.datetime,
) -> dict[str, object]:
    """Return the claims of an answer; issuer and audience are exchanged against those of a launch."""
    issued = at - HEAD_START
    claims: dict[str, object] = {
        "iss": client_id,
        "aud": issuer,
        "iat": int(issued.timestamp()),
        "exp": int((at + LIFETIME).timestamp()),
        "nonce": secrets.token_urlsafe(24),
        lti.DEPLOYMENT_ID: deployment_id,
        lti.MESSAGE_TYPE: RESPONSE,
        lti.VERSION: lti.SUPPORTED_VERSION,
        CONTENT_ITEMS: list(items),
    }
    if settings.data is not None:
        claims[DATA] = settings.data
    if message:
        claims[MESSAGE] = message
    return claims


def _line_item(
    column: Column, linkable: Linkable, *, addresses: ToolAddresses, profile: Profile, locale: str
) -> dict[str, object]:
    """Return the column as the host is asked to make it, within its limits.

    They are those of the columns that the tool makes itself, so that it finds this one by its tag.
    """
    return {
        "label": profile.label(column.label.pick(locale)[0] or linkable.title.pick(locale)[0]),
        "scoreMaximum": json_number(column.score_maximum),
        "resourceId": column.resource_id,
        "tag": profile.tag(column.tag),
        "submissionReview": {
            "reviewableStatus": list(REVIEWABLE),
            "url": addresses.launch,
            "custom": {lti.CUSTOM_ACTIVITY: linkable.activity},
        },
    }


def _period(*, start: dt.datetime | None = None, end: dt.datetime | None = None) -> dict[str, str]:
    moments = {"startDateTime": start, "endDateTime": end}
    return {
        name: moment.astimezone(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        for name, moment in moments.items()
        if moment is not None
    }
