"""What a host must know of this tool, worked out from its public address.

The same facts go into a dynamic registration, into the JSON for a Canvas developer key, and onto the page
from which an administrator copies them by hand; see https://www.imsglobal.org/spec/lti/v1p3 section 5.1 and
https://canvas.instructure.com/doc/api/file.lti_dev_key_config.html.
"""

from dataclasses import dataclass
from urllib.parse import urlsplit

from flask_babel import lazy_gettext as _l

from sca_lms.errors import Text
from sca_lms.lti import scopes
from sca_lms.lti import vocabulary as lti
from sca_lms.lti.profiles import Fields

TITLE = "SCA LMS"
DESCRIPTION = "Bootcamp-style training programmes: modules, hours, mentoring and pitching"
TOOL_ID = "sca-lms"
ICON_PIXELS = 128
FRAME_WIDTH, FRAME_HEIGHT = 1120, 800
"""Pixels to ask a host for: the widest a page of ours becomes, and a usual screen."""
CANVAS = "https://canvas.instructure.com/lti/"
CANVAS_PICKERS = ("assignment_selection", "link_selection", "module_index_menu_modal")
"""Where Canvas offers to choose content: an assignment, one item of a module, a whole module."""

TOOL_VARIABLES = {
    lti.CUSTOM_CONTEXT_HISTORY: "Context.id.history",
    lti.CUSTOM_LINK_HISTORY: "ResourceLink.id.history",
}
"""Custom parameters that let the tool recognise a copied course, and the variables that fill them.

`activity` must never stand here: Moodle prefers a parameter of the tool to the one of the activity.
"""


@dataclass(frozen=True, slots=True)
class ToolAddresses:
    """Where hosts find this tool."""

    public_url: str

    @property
    def domain(self) -> str:
        """The host name, with the port when there is one: Moodle compares it with the target's."""
        return urlsplit(self.public_url).netloc

    @property
    def login(self) -> str:
        """Where a host begins a login."""
        return f"{self.public_url}/lti/login"

    @property
    def launch(self) -> str:
        """The one redirect address, and the target of every link: D2L wants them to be equal."""
        return f"{self.public_url}/lti/launch"

    @property
    def key_set(self) -> str:
        """Where our public keys are."""
        return f"{self.public_url}/lti/jwks.json"

    @property
    def configuration(self) -> str:
        """Where the JSON for Canvas is."""
        return f"{self.public_url}/lti/config.json"

    @property
    def icon(self) -> str:
        """A picture of `ICON_PIXELS` squared, for activity lists."""
        return f"{self.public_url}/static/lti/icon-128.png"

    def invitation(self, token: str) -> str:
        """Where a host registers itself with a one-time invite."""
        return f"{self.public_url}/lti/register?invite={token}"


@dataclass(frozen=True, slots=True)
class Fact:
    """One field that an administrator fills in at the host: how the host calls it, and the value."""

    label: Text
    value: str


def facts(addresses: ToolAddresses, fields: Fields) -> list[Fact]:
    """List what has to be typed into a host by hand, in the words of its own pages."""
    return [
        Fact(fields.tool_url, addresses.launch),
        Fact(fields.login_url, addresses.login),
        Fact(fields.redirect_uri, addresses.launch),
        Fact(fields.key_set_url, addresses.key_set),
        Fact(_l("Deep linking address"), addresses.launch),
        Fact(_l("Icon"), addresses.icon),
        Fact(fields.custom, "\n".join(f"{name}={value}" for name, value in variables().items())),
        Fact(_l("Scopes"), "\n".join(scopes.WANTED)),
    ]


def variables(known: frozenset[str] | None = None) -> dict[str, str]:
    """Return the tool's custom parameters; those a host says it cannot fill in are left out."""
    return {
        name: f"${variable}"
        for name, variable in TOOL_VARIABLES.items()
        if known is None or variable in known
    }


def canvas_document(addresses: ToolAddresses) -> dict[str, object]:
    """Return the JSON of a Canvas developer key, with the names of OpenID Connect beside Canvas' own.

    Canvas ignores what it does not know, so other hosts that take a JSON can read the same document.
    """
    placements = [_picker(addresses, name) for name in CANVAS_PICKERS]
    return {
        "title": TITLE,
        "description": DESCRIPTION,
        "oidc_initiation_url": addresses.login,
        "target_link_uri": addresses.launch,
        "public_jwk_url": addresses.key_set,
        "redirect_uris": [addresses.launch],
        "scopes": list(scopes.WANTED),
        "custom_fields": variables(),
        "extensions": [
            {
                "domain": addresses.domain,
                "tool_id": TOOL_ID,
                "platform": "canvas.instructure.com",
                "privacy_level": "public",
                "settings": {
                    "text": TITLE,
                    "icon_url": addresses.icon,
                    "selection_width": FRAME_WIDTH,
                    "selection_height": FRAME_HEIGHT,
                    "placements": [*placements, _course_navigation(addresses)],
                },
            }
        ],
        "client_name": TITLE,
        "initiate_login_uri": addresses.login,
        "jwks_uri": addresses.key_set,
        "logo_uri": addresses.icon,
        "scope": " ".join(scopes.WANTED),
    }


def _picker(addresses: ToolAddresses, placement: str) -> dict[str, object]:
    return {
        "placement": placement,
        "message_type": str(lti.MessageType.DEEP_LINKING),
        "target_link_uri": addresses.launch,
        "text": TITLE,
        "icon_url": addresses.icon,
        "enabled": True,
        "selection_width": FRAME_WIDTH,
        "selection_height": FRAME_HEIGHT,
    }


def _course_navigation(addresses: ToolAddresses) -> dict[str, object]:
    return {
        "placement": "course_navigation",
        "message_type": str(lti.MessageType.RESOURCE_LINK),
        "target_link_uri": addresses.launch,
        "text": TITLE,
        "icon_url": addresses.icon,
        "enabled": True,
        # Each course switches it on for itself; most bootcamps of an institution never use the tool.
        "default": "disabled",
    }
