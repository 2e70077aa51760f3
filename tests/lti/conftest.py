"""A host with one registration, and a browser."""

import pytest
from flask import Flask

from tests.lti.platform_double import Browser, Host, Network, connected


@pytest.fixture
def network(app: Flask) -> Network:
    return connected(app)


@pytest.fixture
def host(app: Flask, network: Network) -> Host:
    return Host(app, network).register()


@pytest.fixture
def visitor(app: Flask) -> Browser:
    return Browser(app)
