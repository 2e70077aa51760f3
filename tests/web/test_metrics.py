"""Prometheus gets figures, and nobody else does."""

from flask import Flask
from flask.testing import FlaskClient

from sca_lms.config import Settings
from sca_lms.web.metrics import bearer_token


def test_requests_are_counted_by_endpoint_and_status(visitor: FlaskClient) -> None:
    visitor.get("/message")
    visitor.get("/message")
    visitor.get("/wrong/404")
    visitor.get("/nowhere/at-all")
    figures = visitor.get("/metrics").text
    assert 'sca_lms_requests_total{endpoint="gallery.message",method="GET",status="200"} 2.0' in figures
    assert 'sca_lms_requests_total{endpoint="gallery.wrong",method="GET",status="404"} 1.0' in figures
    assert 'endpoint="unmatched"' in figures
    assert 'sca_lms_request_seconds_count{endpoint="gallery.message"} 2.0' in figures
    assert "at-all" not in figures


def test_only_the_machine_itself_or_the_token_may_read(house: Flask) -> None:
    client = house.test_client()
    settings = house.extensions["sca_settings"]
    assert isinstance(settings, Settings)
    far = {"REMOTE_ADDR": "192.0.2.7"}
    token = {"Authorization": f"Bearer {bearer_token(settings.secret_key)}"}
    assert client.get("/metrics", environ_overrides={"REMOTE_ADDR": "::1"}).status_code == 200
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
    assert client.get("/metrics", environ_overrides={"REMOTE_ADDR": ""}).status_code == 403


def test_a_proxy_on_the_same_machine_opens_nothing(visitor: FlaskClient) -> None:
    assert visitor.get("/metrics", headers={"X-Forwarded-For": "192.0.2.7"}).status_code == 403


def test_two_applications_count_for_themselves(house: Flask, tmp_path: object) -> None:
    assert "gallery.message" not in house.test_client().get("/metrics").text
