"""The JSON that a Canvas administrator pastes, and other hosts can read."""

import json

import pytest
from flask.testing import FlaskClient

from sca_lms.lti.configuration import ToolAddresses, canvas_document, facts
from sca_lms.lti.profiles import PROFILES

TOOL = "https://tool.example.org"


def test_canvas_finds_everything_under_its_own_names(client: FlaskClient) -> None:
    answer = client.get("/lti/config.json", base_url=TOOL)
    assert answer.status_code == 200
    assert answer.mimetype == "application/json"
    document = json.loads(answer.text)
    assert document["oidc_initiation_url"] == f"{TOOL}/lti/login"
    assert document["target_link_uri"] == f"{TOOL}/lti/launch"
    assert document["redirect_uris"] == [f"{TOOL}/lti/launch"]
    assert document["public_jwk_url"] == f"{TOOL}/lti/jwks.json"
    assert "https://purl.imsglobal.org/spec/lti-ags/scope/score" in document["scopes"]
    [extension] = document["extensions"]
    assert extension["platform"] == "canvas.instructure.com"
    assert extension["privacy_level"] == "public"
    assert extension["domain"] == "tool.example.org"
    placements = {each["placement"]: each for each in extension["settings"]["placements"]}
    assert set(placements) == {
        "assignment_selection",
        "link_selection",
        "module_index_menu_modal",
        "course_navigation",
    }
    assert placements["link_selection"]["message_type"] == "LtiDeepLinkingRequest"
    assert placements["course_navigation"]["message_type"] == "LtiResourceLinkRequest"
    assert document["custom_fields"]["context_history"] == "$Context.id.history"


def test_other_hosts_find_the_names_of_openid_connect(client: FlaskClient) -> None:
    document = json.loads(client.get("/lti/config.json", base_url=TOOL).text)
    assert document["client_name"] == "SCA LMS"
    assert document["initiate_login_uri"] == f"{TOOL}/lti/login"
    assert document["jwks_uri"] == f"{TOOL}/lti/jwks.json"
    assert len(document["scope"].split()) == 5


@pytest.mark.parametrize(
    "public_url", ["https://tool.example.org", "https://tool.example.org:8443", "https://example.org/lms"]
)
def test_every_address_is_below_the_public_one(public_url: str) -> None:
    document = canvas_document(ToolAddresses(public_url))
    for name in ("oidc_initiation_url", "target_link_uri", "public_jwk_url", "logo_uri"):
        assert str(document[name]).startswith(f"{public_url}/")


@pytest.mark.parametrize("profile", PROFILES.values(), ids=str)
def test_an_administrator_reads_the_fields_in_the_words_of_their_host(profile: object) -> None:
    found = PROFILES[getattr(profile, "name", "")]
    listed = {str(fact.label): fact.value for fact in facts(ToolAddresses(TOOL), found.fields)}
    assert listed[found.fields.login_url] == f"{TOOL}/lti/login"
    assert listed[found.fields.redirect_uri] == f"{TOOL}/lti/launch"
    assert listed[found.fields.key_set_url] == f"{TOOL}/lti/jwks.json"
    assert listed[found.fields.custom].splitlines()[0] == "context_history=$Context.id.history"
