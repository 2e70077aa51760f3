"""What the host keeps: the tools that are registered, what they placed, their columns and scores."""

# mypy: disable-error-code="import-not-found", allow-subclassing-any
# The library is in the hosts' own environment only.

import datetime as dt
import itertools
from dataclasses import dataclass, field

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.conf import settings
from lti1p3platform.ltiplatform import LTI1P3PlatformConfAbstract
from lti1p3platform.registration import Registration

DEPLOYMENT_ID = "deployment-7"
Members = dict[str, object]


@dataclass
class Score:
    """The newest score of somebody."""

    at: dt.datetime
    members: Members


@dataclass
class Column:
    """A line item as the tool wrote it, and its scores."""

    members: Members
    scores: dict[str, Score] = field(default_factory=dict)


@dataclass
class Tool:
    """One registered tool and everything that belongs to it."""

    registration: Registration
    base: str
    columns: dict[str, Column] = field(default_factory=dict)
    content_items: list[Members] = field(default_factory=list)
    launches: dict[str, Members] = field(default_factory=dict)
    makes_columns: bool = True

    @property
    def items_url(self) -> str:
        """Return where the tool finds its columns."""
        return f"{self.base}/items"


class Platform(LTI1P3PlatformConfAbstract):
    """The library's platform, for one tool."""

    def init_platform_config(self, **kwargs: object) -> None:
        """Take the registration over."""
        self._registration = kwargs["registration"]

    def get_registration_by_params(self, **kwargs: object) -> Registration:
        """Return the only registration there is."""
        return self._registration


tools: dict[str, Tool] = {}
serial = itertools.count(1)


def register(told: Members) -> Tool:
    """Register a tool; it gets keys of its own."""
    client_id = f"client-{next(serial)}"
    base = f"{settings.BASE_URL}/{client_id}"
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    registration = (
        Registration()
        .set_iss(settings.BASE_URL)
        .set_client_id(client_id)
        .set_deployment_id(DEPLOYMENT_ID)
        .set_launch_url(told["launch"])
        .set_deeplink_launch_url(told["launch"])
        .set_oidc_login_url(told["login"])
        .set_tool_key_set_url(told["key_set"])
        .set_platform_private_key(private.decode())
        .set_platform_public_key(public.decode())
    )
    tools[client_id] = Tool(registration, base)
    return tools[client_id]


def platform_of(client_id: str) -> Platform:
    """Return the library's platform for a tool."""
    return Platform(registration=tools[client_id].registration)
