"""The platform can be served from a shell and inside a test."""

from pathlib import Path

import pytest
import requests
from joserfc.jwk import RSAKey

from sca_lms.demo.personalities import PERSONALITIES
from sca_lms.demo.platform import main
from sca_lms.demo.serving import RunningPlatform
from sca_lms.demo.settings import PlatformSettings
from sca_lms.lti.profiles import PROFILES
from tests.demo.site import a_site


def test_it_answers_on_a_free_port_under_its_own_issuer(keys: tuple[RSAKey, RSAKey]) -> None:
    settings = PlatformSettings(base_url="", site=a_site(), signing_key=keys[0])
    with RunningPlatform(settings) as running:
        said = requests.get(f"{running.url}/lti/openid-configuration", timeout=5).json()
        assert said["issuer"] == running.url == running.lms.addresses.base
        assert running.url.startswith("http://localhost:")
    with pytest.raises(requests.ConnectionError):
        requests.get(running.url, timeout=5)


@pytest.mark.parametrize(
    ("arguments", "status", "word"),
    [
        ([], 2, "--tool-url"),
        (["--tool-url", "tool", "--programme", "x"], 2, "address"),
        (["--tool-url", "http://127.0.0.1:1", "--programme", "x", "--port", "0"], 2, "port"),
        (["--tool-url", "http://127.0.0.1:1", "--programme", "x", "--personality", "other"], 2, "choice"),
        (["--tool-url", "http://127.0.0.1:1", "--programme", "/does/not/exist"], 1, "No such file"),
    ],
)
def test_a_wrong_call_is_told_in_one_line(
    capsys: pytest.CaptureFixture[str], arguments: list[str], status: int, word: str
) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    said = capsys.readouterr().err
    assert stopped.value.code == status
    assert word in said
    assert said.count("\n") == 1


@pytest.mark.parametrize("text", ["{", "[]", "programme: {code: X}"])
def test_a_file_that_is_no_programme_is_told_in_one_line(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, text: str
) -> None:
    file = tmp_path / "programme.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(SystemExit) as stopped:
        main(["--tool-url", "http://127.0.0.1:1", "--programme", str(file)])
    assert stopped.value.code == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_personalities_are_known_by_their_names() -> None:
    assert {name: each.name for name, each in PERSONALITIES.items()} == {
        name: name
        for name in ("pretend", "moodle", "canvas", "openedx", "blackboard", "d2l", "sakai", "generic")
    }
    assert {each.profile for each in PERSONALITIES.values()} == set(PROFILES)
