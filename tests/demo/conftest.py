"""A small site with two courses, one of every role, and a tool that answers by hand."""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from joserfc.jwk import RSAKey

from sca_lms.demo.lms import PretendLms
from sca_lms.demo.manners import Personality
from sca_lms.demo.personalities import MOODLE
from sca_lms.demo.platform import create_platform, lms_of
from sca_lms.demo.settings import PlatformSettings
from tests.demo.counterpart import Tool, new_key
from tests.demo.site import ISSUER, a_site

MakePlatform = Callable[[Personality], Flask]


@pytest.fixture(scope="session")
def keys() -> tuple[RSAKey, RSAKey]:
    """The platform's key and the tool's, made once since making them is slow."""
    return new_key(), new_key()


@pytest.fixture
def tool(keys: tuple[RSAKey, RSAKey]) -> Tool:
    return Tool(keys[1])


@pytest.fixture
def make_platform(keys: tuple[RSAKey, RSAKey], tool: Tool) -> MakePlatform:
    def make(personality: Personality) -> Flask:
        settings = PlatformSettings(
            base_url=ISSUER,
            site=a_site(),
            personality=personality,
            signing_key=keys[0],
            fetch_tool_keys=tool.key_set,
        )
        app = create_platform(settings)
        app.testing = True
        return app

    return make


@pytest.fixture
def moodle_app(make_platform: MakePlatform) -> Flask:
    return make_platform(MOODLE)


@pytest.fixture
def moodle(moodle_app: Flask) -> PretendLms:
    return lms_of(moodle_app)


@pytest.fixture
def moodle_client(moodle_app: Flask) -> Iterator[FlaskClient]:
    with moodle_app.test_client() as client:
        yield client
