"""A restarted demo finds its gradebook again."""

import datetime as dt
import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from joserfc.jwk import RSAKey

from sca_lms.demo.lms import PretendLms
from sca_lms.demo.settings import PlatformSettings
from sca_lms.demo.site import Activity, Grade
from sca_lms.demo.snapshot import SnapshotUnreadable
from sca_lms.texts import Bilingual
from tests.demo.site import ACTIVITY, COLUMN, COURSE, ISSUER, LEARNER, a_site

AT = dt.datetime(2026, 11, 22, 9, 0, tzinfo=dt.UTC)


@pytest.fixture
def settings(tmp_path: Path, keys: tuple[RSAKey, RSAKey]) -> PlatformSettings:
    return PlatformSettings(
        base_url=ISSUER, site=a_site(), state_file=tmp_path / "lms.json", signing_key=keys[0]
    )


def test_grades_activities_tools_and_keys_survive(settings: PlatformSettings) -> None:
    first = PretendLms(settings)
    first.teacher_grades(COLUMN, LEARNER, Grade(Decimal("84.25"), "ครึ่งทาง", AT, AT, locked=True), at=AT)
    with first.changing() as site:
        activity = Activity(site.new_id(), COURSE, "sca-lms-demo", Bilingual(th="ใหม่", en="New"))
        site.activities[activity.id] = activity
        site.register_tool(
            "second",
            initiate_login_uri="https://t.example.org/login",
            redirect_uris=["https://t.example.org/launch"],
            jwks_uri="https://t.example.org/keys",
            target_link_uri="https://t.example.org/launch",
        )
    kid = first.rotate_keys()
    second = PretendLms(replace(settings, site=a_site(), signing_key=None))
    assert second.gradebook(COURSE).cell(LEARNER, COLUMN) == first.gradebook(COURSE).cell(LEARNER, COLUMN)
    assert second.state.activities[activity.id] == activity
    assert second.state.tools == first.state.tools
    assert second.keys.current.thumbprint() == kid
    assert second.state.new_id() not in {activity.id, ACTIVITY}


def test_the_file_is_for_its_owner_alone(settings: PlatformSettings) -> None:
    PretendLms(settings).rotate_keys()
    assert settings.state_file is not None
    assert settings.state_file.stat().st_mode & 0o077 == 0


def test_a_tool_that_moved_keeps_its_new_address(settings: PlatformSettings) -> None:
    PretendLms(settings).rotate_keys()
    moved = a_site()
    moved.tools["sca-lms-demo"].jwks_uri = "http://127.0.0.1:9999/lti/jwks.json"
    again = PretendLms(replace(settings, site=moved))
    assert again.state.tools["sca-lms-demo"].jwks_uri.startswith("http://127.0.0.1:9999")


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"format": 9}', json.dumps({"format": 1, "activities": [{"id": "1"}]})]
)
def test_a_file_of_something_else_is_refused(settings: PlatformSettings, text: str) -> None:
    assert settings.state_file is not None
    settings.state_file.write_text(text, encoding="utf-8")
    with pytest.raises(SnapshotUnreadable):
        PretendLms(settings)
