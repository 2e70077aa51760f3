"""Settings are read once, whole, and refused in words."""

from pathlib import Path

import pytest

from sca_lms.config import NAMES, PREFIX, Settings, SettingsError

INSTALL_GUIDE = Path(__file__).parent.parent / "docs" / "install.md"


def test_the_embedded_default_keeps_its_secret_beside_the_database(tmp_path: Path) -> None:
    first = Settings.from_environment({"SCA_LMS_DATA_DIR": str(tmp_path)})
    second = Settings.from_environment({"SCA_LMS_DATA_DIR": str(tmp_path)})
    assert first.secret_key == second.secret_key
    assert len(first.secret_key) >= 48
    assert (tmp_path / "secret-key").stat().st_mode & 0o777 == 0o600


def test_a_server_database_needs_a_secret_that_outlives_the_machine(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="SECRET_KEY is required"):
        Settings.from_environment(
            {"SCA_LMS_DATA_DIR": str(tmp_path), "SCA_LMS_DATABASE_URL": "postgresql+psycopg:///sca"}
        )


@pytest.mark.parametrize(
    ("name", "value", "complaint"),
    [
        ("SCA_LMS_PUBLIC_URL", "lms.example.org", "must be an address"),
        ("SCA_LMS_PUBLIC_URL", "http://lms.example.org", "must use https"),
        ("SCA_LMS_PUBLIC_URL", "https://lms.example.org:port", "must be an address"),
        ("SCA_LMS_PUBLIC_URL", "https://[broken", "must be an address"),
        ("SCA_LMS_SECRET_KEY", "short", "too short"),
        ("SCA_LMS_TRUSTED_PROXIES", "two", "whole number"),
        ("SCA_LMS_TRUSTED_PROXIES", "11", "whole number"),
        ("SCA_LMS_ALLOW_PRIVATE_PLATFORMS", "perhaps", "on or off"),
        ("SCA_LMS_LOG_LEVEL", "loud", "one of debug"),
        ("SCA_LMS_DATABASE_URL", "mysql://db", "must start with"),
        ("SCA_LMS_PUBLIC_ULR", "https://x.example", "did you mean SCA_LMS_PUBLIC_URL"),
        ("SCA_LMS_SMTP_URL", "mail.example.org", "must look like smtp://"),
        ("SCA_LMS_SMTP_URL", "smtp://mail.example.org", "work together"),
        ("SCA_LMS_MAIL_FROM", "nobody", "must be an address"),
        ("SCA_LMS_NONSENSE_AT_ALL", "1", "is not a setting"),
    ],
)
def test_a_bad_setting_is_named_with_the_reason(
    tmp_path: Path, name: str, value: str, complaint: str
) -> None:
    with pytest.raises(SettingsError, match=complaint) as caught:
        Settings.from_environment({"SCA_LMS_DATA_DIR": str(tmp_path), name: value})
    assert name in str(caught.value)


def test_every_problem_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.from_environment(
            {"SCA_LMS_DATA_DIR": str(tmp_path), "SCA_LMS_LOG_LEVEL": "loud", "SCA_LMS_PUBLIC_URL": "x"}
        )
    assert len(caught.value.problems) == 2


def test_the_short_form_of_a_postgresql_address_is_understood(tmp_path: Path) -> None:
    settings = Settings.from_environment(
        {
            "SCA_LMS_DATA_DIR": str(tmp_path),
            "SCA_LMS_DATABASE_URL": "postgres://u@db/sca",
            "SCA_LMS_SECRET_KEY": "k" * 40,
        }
    )
    assert settings.database_url == "postgresql+psycopg://u@db/sca"


def test_every_setting_is_documented() -> None:
    guide = INSTALL_GUIDE.read_text(encoding="utf-8")
    assert [name for name in NAMES if f"### `{PREFIX}{name}`" not in guide] == []
