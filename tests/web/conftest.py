"""A small application with nothing but what every page shares, and the gallery of pieces."""

from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from sca_lms.config import Settings
from sca_lms.web import (
    assets,
    error_pages,
    formats,
    forms,
    headers,
    i18n,
    incoming,
    logs,
    metrics,
    navigation,
    trusted_hosts,
    views,
)
from tests.web import gallery


@pytest.fixture
def house(tmp_path: Path) -> Flask:
    return small_house(tmp_path)


@pytest.fixture
def visitor(house: Flask) -> FlaskClient:
    return house.test_client()


def small_house(data_dir: Path) -> Flask:
    """Build the application; unlike in other tests a defect becomes a page."""
    app = Flask("sca_lms", static_folder="web/static", static_url_path="/static")
    app.config.update(SECRET_KEY="only-for-tests", PROPAGATE_EXCEPTIONS=False)
    app.extensions["sca_settings"] = Settings(
        database_url="sqlite://",
        data_dir=data_dir,
        public_url="https://tool.example.org",
        secret_key="a-test-key-that-is-long-enough-0123456789",
        log_level="info",
    )
    for shared in (
        trusted_hosts,
        incoming,
        logs,
        metrics,
        headers,
        assets,
        i18n,
        formats,
        forms,
        navigation,
        error_pages,
    ):
        shared.init_app(app)
    app.register_blueprint(views.bp)
    app.register_blueprint(gallery.bp)
    return app
