"""Platforms are at hand for two seconds; one's own changes are seen at once."""

import time

import pytest
import sqlalchemy as sa
from flask import Flask

from sca_lms.database import db, transaction
from sca_lms.lti import platform_book
from sca_lms.lti.models import Platform
from sca_lms.lti.refusals import LaunchRefused
from tests.lti.platform_double import Host
from tests.statements import counted


def renamed_elsewhere(name: str) -> None:
    """Change the row as another process would: this one hears nothing of it."""
    with db.engine.begin() as connection:
        connection.execute(sa.update(Platform).values(name=name))


def test_a_crowd_asks_the_database_once(app: Flask, host: Host) -> None:
    with app.app_context(), counted(app) as sent:
        for _ in range(20):
            platform_book.find_registered(host.platform_id)
            platform_book.find_for_login(host.issuer, host.client_id)
    assert sum(line.startswith("SELECT") for line in sent) == 2


def test_what_another_process_changes_is_seen_within_two_seconds(
    app: Flask, host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = 1_000.0
    monkeypatch.setattr(time, "monotonic", lambda: moment)

    def name() -> str | None:
        with app.app_context():
            found = platform_book.find_registered(host.platform_id)
            return found.name if found else None

    before = name()
    with app.app_context():
        renamed_elsewhere("New")
    assert name() == before
    moment += platform_book.KEPT_SECONDS
    assert name() == "New"


def test_what_this_process_changes_is_seen_at_once(app: Flask, host: Host) -> None:
    with app.app_context():
        platform_book.find_for_login(host.issuer, host.client_id)
        with transaction():
            db.session.scalars(sa.select(Platform)).one().name = "New"
        assert platform_book.find_for_login(host.issuer, host.client_id).name == "New"


def test_what_is_not_there_is_not_kept(app: Flask, host: Host) -> None:
    with app.app_context():
        for number in range(3):
            with pytest.raises(LaunchRefused):
                platform_book.find_for_login(f"https://invented-{number}.example.org", None)
        assert platform_book.find_registered(host.platform_id + 99) is None
        book = app.extensions[platform_book.EXTENSION]
        assert (book.of_id, book.of_login) == ({}, {})
