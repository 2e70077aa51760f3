"""Prometheus gets figures, and nobody else does."""

import dataclasses

import pytest
from flask import Flask
from flask.testing import FlaskClient

from sca_lms.config import Settings
from sca_lms.web.metrics import bearer_token


def shown(house: Flask) -> dict[str, str]:
    """Return the header with the token that the operator printed."""
    settings = house.extensions["sca_settings"]
    assert isinstance(settings, Settings)
    return {"Authorization": f"Bearer {bearer_token(settings.secret_key)}"}


def test_requests_are_counted_by_endpoint_and_status(visitor: FlaskClient) -> None:
    visitor.get("/message")
    visitor.get("/message")
    visitor.get("/wrong/404")
    visitor.get("/nowhere/at-all")
    figures = visitor.get("/metrics", headers=shown(visitor.application)).text
    assert 'sca_lms_requests_total{endpoint="gallery.message",method="GET",status="200"} 2.0' in figures
    assert 'sca_lms_requests_total{endpoint="gallery.wrong",method="GET",status="404"} 1.0' in figures
    assert 'endpoint="unmatched"' in figures
    assert 'sca_lms_request_seconds_count{endpoint="gallery.message"} 2.0' in figures
    assert "at-all" not in figures


def test_where_people_come_through_a_web_server_only_the_token_may_read(house: Flask) -> None:
    client, token = house.test_client(), shown(house)
    far = {"REMOTE_ADDR": "192.0.2.7"}
    assert client.get("/metrics", environ_overrides={"REMOTE_ADDR": "::1"}).status_code == 403
    assert client.get("/metrics", environ_overrides=far).status_code == 403
    assert client.get("/metrics", environ_overrides=far, headers=token).status_code == 200
    assert (
        client.get(
            "/metrics",
            environ_overrides=far,
            headers={"Authorization": "Bearer ก".encode().decode("latin-1")},
        ).status_code
        == 403
    )


@pytest.mark.parametrize(
    ("changed", "overrides", "headers", "status"),
    [
        ({}, {"REMOTE_ADDR": "::1"}, {}, 200),
        ({}, {"REMOTE_ADDR": "192.0.2.7"}, {}, 403),
        ({}, {"REMOTE_ADDR": ""}, {}, 403),
        ({}, {"REMOTE_ADDR": "127.0.0.1"}, {"X-Forwarded-For": "192.0.2.7"}, 403),
        ({"trusted_proxies": 1}, {"REMOTE_ADDR": "127.0.0.1"}, {}, 403),
    ],
)
def test_on_loopback_alone_the_machine_itself_may_read(
    house: Flask,
    changed: dict[str, int],
    overrides: dict[str, str],
    headers: dict[str, str],
    status: int,
) -> None:
    settings = dataclasses.replace(house.extensions["sca_settings"], public_url="http://127.0.0.1:8000")
    house.extensions["sca_settings"] = dataclasses.replace(
        settings, trusted_proxies=changed.get("trusted_proxies", 0)
    )
    answer = house.test_client().get("/metrics", environ_overrides=overrides, headers=headers)
    assert answer.status_code == status


def test_two_applications_count_for_themselves(house: Flask, tmp_path: object) -> None:
    assert "gallery.message" not in house.test_client().get("/metrics", headers=shown(house)).text
