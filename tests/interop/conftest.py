"""Foreign hosts that live as long as the test run, and for each test a tool of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.interop import environments, foreign
from tests.interop.foreign import ForeignHost
from tests.interop.tool import Browser, Tool, running_tool


@pytest.fixture(scope="session")
def openedx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ForeignHost]:
    """Open edX's LTI consumer, `lti-consumer-xblock`."""
    directory = tmp_path_factory.mktemp("openedx")
    with foreign.running(environments.hosts_python(), "openedx", directory) as host:
        yield host


@pytest.fixture(scope="session")
def lti1p3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ForeignHost]:
    """A host on `lti1p3platform`."""
    directory = tmp_path_factory.mktemp("lti1p3")
    with foreign.running(environments.hosts_python(), "lti1p3", directory) as host:
        yield host


@pytest.fixture
def tool(database_url: str, tmp_path: Path) -> Iterator[Tool]:
    with running_tool(database_url, tmp_path) as running:
        yield running


@pytest.fixture
def visitor() -> Iterator[Browser]:
    made = Browser()
    yield made
    made.close()
