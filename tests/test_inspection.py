"""What would go wrong is said before an installation goes live."""

import os
import time
from pathlib import Path

import pytest
from flask import Flask

from sca_lms.config import Settings, settings
from sca_lms.inspection import inspect


def problems(app: Flask, chosen: Settings | None = None) -> dict[str, str]:
    with app.app_context():
        return {finding.subject: finding.problem for finding in inspect(chosen or settings())}


def test_everything_that_decides_is_looked_at(app: Flask) -> None:
    looked_at = {"secret key", "public address", "https", "proxies", "database", "clock", "data directory"}
    assert looked_at <= set(problems(app))


def test_plain_http_and_an_address_of_this_machine_are_problems(app: Flask, tmp_path: Path) -> None:
    told = problems(app, Settings.from_environment({"SCA_LMS_DATA_DIR": str(tmp_path)}))
    assert "plain http" in told["https"]
    assert "only be reached from this machine" in told["public address"]
    safe = {
        "SCA_LMS_DATA_DIR": str(tmp_path), "SCA_LMS_PUBLIC_URL": "https://lms.example.org",
        "SCA_LMS_SECRET_KEY": "k" * 64,
    }  # fmt: skip
    told = problems(app, Settings.from_environment(safe))
    assert (told["https"], told["public address"]) == ("", "")
    assert "SCA_LMS_TRUSTED_PROXIES is 0" in told["proxies"]


@pytest.mark.parametrize(("ahead", "is_well"), [(0, True), (3600, False)])
def test_a_clock_that_was_set_back_is_noticed(app: Flask, tmp_path: Path, ahead: int, is_well: bool) -> None:
    file = tmp_path / "sca-lms.sqlite3"
    file.touch()
    os.utime(file, (time.time() + ahead, time.time() + ahead))
    told = problems(app, Settings.from_environment({"SCA_LMS_DATA_DIR": str(tmp_path)}))
    assert (told["clock"] == "") is is_well
