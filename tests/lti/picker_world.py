"""A picker that a host opens, what a course offers there, and the answer as the host reads it."""

import datetime as dt
import html
import re
from collections.abc import Sequence
from decimal import Decimal

from flask import Flask
from joserfc import jwt
from joserfc.jwk import KeySet
from werkzeug.test import TestResponse

from sca_lms.lti.linkables import Column, Linkable
from sca_lms.texts import Bilingual
from tests.builders import csrf_of
from tests.lti.platform_double import INSTRUCTOR, TOOL, Browser, Host, accepted

DL = "https://purl.imsglobal.org/spec/lti-dl/claim/"
LTI = "https://purl.imsglobal.org/spec/lti/claim/"
RETURN = "https://lms.example.edu/pick?course=2&sesskey=a%22b"
DUE = dt.datetime(2026, 12, 4, 16, 59, tzinfo=dt.UTC)
PRE = Column("PRE", Bilingual(th="ผลการเรียนก่อนเข้าค่าย", en="Pre-bootcamp learning"), Decimal(100))
QUIZ = Column("Q1", Bilingual(th="แบบทดสอบ 1", en="Quiz 1"), Decimal("12.5"))
OFFERED = [
    Linkable(
        "module:PB1",
        Bilingual(th="บทบาทและหน้าที่", en="Roles & <duties>"),
        Bilingual(th="90 นาที", en="90 minutes"),
        column=PRE,
        available_from=dt.datetime(2026, 11, 25, tzinfo=dt.UTC),
        due=DUE,
    ),
    Linkable("home", Bilingual(th="ห้องเรียนของโครงการ", en="Programme home"), kind="today", column=PRE),
    Linkable("quiz:Q1", Bilingual(th="แบบทดสอบ 1", en="Quiz 1"), kind="quiz", column=QUIZ),
]


def settings_of(**changes: object) -> dict[str, object]:
    said = {
        "deep_link_return_url": RETURN,
        "accept_types": ["link", "ltiResourceLink"],
        "accept_presentation_document_targets": ["iframe", "window"],
        "accept_multiple": True,
        **changes,
    }
    return {name: value for name, value in said.items() if value is not None}


def open_picker(
    visitor: Browser, host: Host, *, roles: Sequence[str] = (INSTRUCTOR,), **changes: object
) -> str:
    """Launch the picker and return its path."""
    answer = visitor.launch(
        host,
        message_type="LtiDeepLinkingRequest",
        resource_link=None,
        roles=list(roles),
        launch_presentation={"locale": "en", "return_url": f"{host.issuer}/return"},
        deep_linking_settings=settings_of(**changes),
    )
    return accepted(answer)


def send(visitor: Browser, path: str, **fields: object) -> TestResponse:
    page = visitor.get(path)
    assert page.status_code == 200, page.text
    return visitor.post(path, {"csrf_token": csrf_of(page.text), "action": "add", **fields})


def form_of(answer: TestResponse) -> tuple[str, str]:
    """Return where the page's form goes, and the token in it."""
    assert answer.status_code == 200, answer.text
    action = re.search(r'<form[^>]*action="([^"]*)"[^>]*data-send-at-once', answer.text)
    token = re.search(r'name="JWT" value="([^"]+)"', answer.text)
    assert action, answer.text
    assert token
    return html.unescape(action[1]), token[1]


def read(app: Flask, answer: TestResponse) -> dict[str, object]:
    """Return the answer's claims as a host reads them, with our published keys."""
    published = app.test_client().get("/lti/jwks.json", base_url=TOOL).json
    assert published is not None
    return dict(jwt.decode(form_of(answer)[1], KeySet.import_key_set(published), algorithms=["RS256"]).claims)


def items(claims: dict[str, object]) -> list[dict[str, object]]:
    found = claims[DL + "content_items"]
    assert isinstance(found, list)
    return found
