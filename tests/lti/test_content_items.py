"""What an instructor chooses in the picker becomes exactly what the host accepts."""

import re
from decimal import Decimal

import pytest
import sqlalchemy as sa
from flask import Flask

from sca_lms import clock
from sca_lms.database import db, transaction
from sca_lms.lti.configuration import ToolAddresses
from sca_lms.lti.content_items import Chosen, content_item
from sca_lms.lti.linkables import EXTENSION, Column, Linkable
from sca_lms.lti.models import Platform
from sca_lms.lti.profiles import PROFILES, Profile, profile_named
from sca_lms.texts import Bilingual
from tests.lti.picker_world import DL, LTI, OFFERED, items, open_picker, read, send
from tests.lti.platform_double import TOOL, Browser, Host


@pytest.fixture(autouse=True)
def programme(app: Flask) -> None:
    app.extensions[EXTENSION] = [lambda _course_id: OFFERED]


def test_the_whole_programme_is_placed_in_one_go(app: Flask, visitor: Browser, host: Host) -> None:
    path = open_picker(visitor, host)
    assert re.fullmatch(r"/courses/\d+/deep-linking/\d+", path)
    answer = send(visitor, path, scope="whole", column=["PRE", "Q1"], target="iframe")
    claims = read(app, answer)
    at = clock.now().timestamp()
    assert claims["iss"] == host.client_id
    assert claims["aud"] == host.issuer
    assert at - 15 < int(str(claims["iat"])) <= at - 4
    assert at < int(str(claims["exp"])) < at + 600
    assert claims["nonce"]
    assert claims[LTI + "deployment_id"] == host.deployment_id
    assert claims[LTI + "message_type"] == "LtiDeepLinkingResponse"
    assert claims[LTI + "version"] == "1.3.0"
    assert DL + "data" not in claims
    assert claims[DL + "msg"] == "3 activities were added."
    home, module, quiz = items(claims)
    assert [home["title"], module["title"], quiz["title"]] == [
        "ห้องเรียนของโครงการ",
        "บทบาทและหน้าที่",
        "แบบทดสอบ 1",
    ]
    assert {item["url"] for item in (home, module, quiz)} == {f"{TOOL}/lti/launch"}
    assert module["custom"] == {
        "activity": "module:PB1",
        "context_history": "$Context.id.history",
        "link_history": "$ResourceLink.id.history",
    }
    assert home["icon"] == {"url": f"{TOOL}/static/lti/icon-128.png", "width": 128, "height": 128}
    assert module["available"] == {"startDateTime": "2026-11-25T00:00:00.000Z"}
    assert module["submission"] == {"endDateTime": "2026-12-04T16:59:00.000Z"}
    assert home["lineItem"] == {
        "label": "ผลการเรียนก่อนเข้าค่าย",
        "scoreMaximum": 100,
        "resourceId": "sca-lms:PRE",
        "tag": "PRE",
        "submissionReview": {
            "reviewableStatus": ["InProgress", "Submitted", "Completed"],
            "url": f"{TOOL}/lti/launch",
            "custom": {"activity": "home"},
        },
    }
    assert "lineItem" not in module
    assert quiz["lineItem"] == {**quiz["lineItem"], "scoreMaximum": 12.5, "tag": "Q1"}  # type: ignore[dict-item]  # It is a mapping.
    assert all("iframe" in item and "window" not in item for item in (home, module, quiz))


def test_no_member_is_null_or_empty(app: Flask, visitor: Browser, host: Host) -> None:
    path = open_picker(visitor, host, accept_presentation_document_targets=None)
    claims = read(app, send(visitor, path, scope="whole"))

    def walk(value: object) -> None:
        assert value not in (None, "", [], {}), claims
        for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
            walk(each)

    walk(claims)
    assert all("iframe" not in item and "window" not in item for item in items(claims))


def test_the_icon_that_is_named_is_there(visitor: Browser) -> None:
    with visitor.get("/static/lti/icon-128.png") as answer:
        assert answer.status_code == 200
        assert answer.data.startswith(b"\x89PNG")


def test_single_activities_are_chosen_by_their_boxes(app: Flask, visitor: Browser, host: Host) -> None:
    path = open_picker(visitor, host)
    answer = send(visitor, path, scope="single", activity=["module:PB1", "quiz:Q1", "invented"], column="PRE")
    module, quiz = items(read(app, answer))
    # Without the home among them, the shared column goes to the first that has it.
    assert module["lineItem"] == {**module["lineItem"], "tag": "PRE"}  # type: ignore[dict-item]  # It is a mapping.
    assert "lineItem" not in quiz


def test_data_comes_back_as_it_was_sent(app: Flask, visitor: Browser, host: Host) -> None:
    path = open_picker(visitor, host, data='op=1&"token"=<ก>')
    assert read(app, send(visitor, path, scope="whole"))[DL + "data"] == 'op=1&"token"=<ก>'


def test_a_host_that_makes_no_columns_is_asked_for_none(app: Flask, visitor: Browser, host: Host) -> None:
    path = open_picker(visitor, host, accept_lineitem=False)
    assert "makes no columns here" in visitor.get(path).text
    chosen = items(read(app, send(visitor, path, scope="whole", column=["PRE", "Q1"])))
    assert all("lineItem" not in item for item in chosen)


def test_only_columns_that_were_ticked_are_asked_for(app: Flask, visitor: Browser, host: Host) -> None:
    path = open_picker(visitor, host)
    chosen = items(read(app, send(visitor, path, scope="whole", column="Q1")))
    assert [item.get("lineItem") is not None for item in chosen] == [False, False, True]


@pytest.mark.parametrize(
    ("accepted_targets", "wanted", "member"),
    [
        (["iframe", "window"], "window", "window"),
        (["window"], "iframe", None),
        (["frame", "Window "], "window", "window"),
        ("iframe,window", "iframe", "iframe"),
        (["embed"], "iframe", None),
    ],
)
def test_it_opens_only_where_the_host_allows(
    app: Flask, visitor: Browser, host: Host, accepted_targets: object, wanted: str, member: str | None
) -> None:
    path = open_picker(visitor, host, accept_presentation_document_targets=accepted_targets)
    [item, *_rest] = items(read(app, send(visitor, path, scope="whole", target=wanted)))
    assert {"iframe", "window"} & set(item) == ({member} if member else set())


def test_cancelling_sends_an_empty_answer(app: Flask, visitor: Browser, host: Host) -> None:
    path = open_picker(visitor, host)
    claims = read(app, send(visitor, path, action="cancel", scope="whole"))
    assert claims[DL + "content_items"] == []
    assert claims[DL + "msg"] == "Nothing was added."


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
def test_a_column_is_asked_for_within_the_limits_of_its_host(profile: Profile) -> None:
    """Otherwise the host would make none, or another one than that which scores are sent to."""
    column = Column("A" * 300, Bilingual.of("คะแนนของการเรียนรู้ " * 30), Decimal(100))
    chosen = Chosen(Linkable("quiz:Q1", Bilingual.of("Quiz")), column)
    item = content_item(chosen, addresses=ToolAddresses(TOOL), profile=profile, locale="th", target=None)
    asked = item["lineItem"]
    assert isinstance(asked, dict)
    assert len(asked["label"]) <= profile.longest_label
    assert asked["label"].endswith("…")
    # The same tag as that by which the column is looked for, and the same as ever.
    assert asked["tag"] == profile.tag(column.tag)
    assert len(asked["tag"]) <= profile.longest_tag


def test_a_picker_in_open_edx_is_answered_with_a_name_that_open_edx_takes(
    app: Flask, visitor: Browser, host: Host
) -> None:
    long = Column("Q" * 60, Bilingual.of("Reading and writing " * 10), Decimal(10))
    app.extensions[EXTENSION] = [lambda _id: [Linkable("quiz:Q", Bilingual.of("Quiz"), column=long)]]
    with app.app_context(), transaction():
        db.session.execute(sa.update(Platform).values(profile="openedx"))
    path = open_picker(visitor, host)
    (item,) = items(read(app, send(visitor, path, scope="whole", column=long.code)))
    asked = item["lineItem"]
    assert isinstance(asked, dict)
    assert len(asked["label"]) <= 100 < len(long.label.en.strip())
    assert asked["tag"] == profile_named("openedx").tag(long.tag) != long.tag
