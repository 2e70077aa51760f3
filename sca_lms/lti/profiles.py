"""What differs from host to host, as data: never ask for a host's name, read its profile."""

import hashlib
import html
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from flask_babel import lazy_gettext as _l

from sca_lms.errors import Text

ELLIPSIS = "…"
WORD_WITHIN = 20
"""So many letters are given up to end a shortened label between two words."""
DIGEST_LETTERS = 12


class Tenancy(Enum):
    """Within what a person's subject and a course's id are unique."""

    PLATFORM = "platform"
    DEPLOYMENT = "deployment"


@dataclass(frozen=True, slots=True)
class Fields:
    """How a host's own pages call what its administrator may have to change."""

    where: str
    client_id: str = "Client ID"
    deployment_id: str = "Deployment ID"
    login_url: str = "Initiate login URL"
    redirect_uri: str = "Redirection URI(s)"
    tool_url: str = "Tool URL"
    key_set_url: str = "Public keyset URL"
    custom: str = "Custom parameters"


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """Whether a host lets the tool take a grade back, and what whoever asks for it has to know."""

    possible: bool
    warning: Text


AS_SPECIFIED = Withdrawal(
    True,
    _l(
        "The LMS is asked to clear the grade, as the standard has it. Not every LMS does so; afterwards its "
        "gradebook is read, and you are told if it still shows a grade."
    ),
)


@dataclass(frozen=True, slots=True)
class Profile:
    """One kind of host: its name, the words of its pages and its known habits."""

    name: str
    title: str
    fields: Fields
    tenancy: Tenancy = Tenancy.PLATFORM
    token_audience: str | None = None
    """The audience of a client assertion where it is not the token address."""
    dead_token_statuses: frozenset[int] = frozenset({401})
    """The statuses that may mean that an access token is good no more; it is replaced once."""
    comments_are_html: bool = False
    """True where a comment is shown as HTML, so that a line break has to be written as one."""
    results_by_user: bool = True
    """False where results are only told for everybody: the filter by user is ignored or breaks."""
    clock_shift_seconds: int = 0
    """What is added to the timestamp of a score, for hosts that refuse one from their future."""
    score_extras: Mapping[str, object] = field(default_factory=dict)
    """Members of a score that only this host understands."""
    longest_label: int = 255
    """How many letters the name of a column may have; Moodle's answer to a longer one is broken."""
    longest_tag: int = 255
    at_once: int = 8
    """How many requests for scores are under way at the same time."""
    stores_before_failing: bool = False
    """True when a score that was answered by an error 500 is shown as a result without being a grade."""
    withdrawal: Withdrawal = AS_SPECIFIED

    def label(self, text: str) -> str:
        """Return the name of a column within the host's limit, ended between words where there are any."""
        if len(text) <= self.longest_label:
            return text
        place = self.longest_label - len(ELLIPSIS)
        # A Thai vowel or tone mark belongs to the letter before it.
        while place > 1 and unicodedata.category(text[place]).startswith("M"):
            place -= 1
        word = text.rfind(" ", max(place - WORD_WITHIN, 1), place + 1)
        return text[: word if word > 0 else place].rstrip() + ELLIPSIS

    def tag(self, text: str) -> str:
        """Return the tag of a column within the host's limit: always the same one for the same text."""
        if len(text) <= self.longest_tag:
            return text
        digest = hashlib.sha256(text.encode()).hexdigest()[:DIGEST_LETTERS]
        return f"{text[: self.longest_tag - len(digest) - 1]}~{digest}"

    def comment(self, text: str) -> str:
        """Return the comment of a score as the host has to be sent it to show it as it was written."""
        return "<br/>".join(map(html.escape, text.splitlines())) if self.comments_are_html else text

    def tenant(self, deployment_id: str) -> str:
        """Return what distinguishes the institutions that share this platform's issuer and client."""
        return deployment_id if self.tenancy is Tenancy.DEPLOYMENT else ""


GENERIC = Profile(name="generic", title="LMS", fields=Fields(where="the settings of the LTI 1.3 tool"))

PROFILES = {
    profile.name: profile
    for profile in (
        GENERIC,
        Profile(
            name="moodle",
            title="Moodle",
            fields=Fields(
                where="Site administration → Plugins → Manage tools → View configuration details",
            ),
            withdrawal=Withdrawal(
                True,
                _l(
                    "Moodle clears the grade and its feedback at once. In a column of an activity, a grade "
                    "that a teacher has overridden stays."
                ),
            ),
        ),
        Profile(
            name="canvas",
            title="Canvas",
            fields=Fields(
                where="Admin → Developer Keys",
                login_url="OpenID Connect Initiation Url",
                redirect_uri="Redirect URIs",
                tool_url="Target Link URI",
                key_set_url="Public JWK URL",
                custom="Custom Fields",
            ),
            # Otherwise Canvas turns every score into a new submission of the learner.
            score_extras={"https://canvas.instructure.com/lti/submission": {"new_submission": False}},
            # Canvas counts the cost of parallel requests in advance and turns them down sooner.
            at_once=4,
            withdrawal=Withdrawal(
                True,
                _l(
                    "Canvas clears the grade; the submission and its comments stay, and the learner may be "
                    "told of the change."
                ),
            ),
        ),
        Profile(
            name="openedx",
            title="Open edX",
            fields=Fields(
                where="Studio → LTI Consumer → Edit",
                login_url="Tool Initiate Login URL",
                redirect_uri="Registered Redirect URIs",
                tool_url="Tool Launch URL",
                key_set_url="Keyset URL",
                custom="Custom Parameters",
            ),
            longest_label=100,
            longest_tag=50,
            at_once=4,
            # The consumer writes a score down and then looks for the learner: for one it does not know, the
            # answer is an error 500, and the result is shown all the same.
            stores_before_failing=True,
            withdrawal=Withdrawal(
                False,
                _l(
                    "Open edX takes no grade back from a tool. Its staff reset it: in the course, "
                    "Staff Debug Info → Delete Student State, or Instructor → Student Admin."
                ),
            ),
        ),
        Profile(
            name="blackboard",
            title="Blackboard",
            fields=Fields(
                where="Administrator Panel → LTI Tool Providers",
                client_id="Application ID",
                login_url="Login Initiation URL",
                redirect_uri="Tool Redirect URL(s)",
                key_set_url="Tool JWKS URL",
                custom="Tool Provider Custom Parameters",
            ),
            # One issuer and one client id serve every institution; only the deployment tells them apart.
            tenancy=Tenancy.DEPLOYMENT,
            comments_are_html=True,
        ),
        Profile(
            name="d2l",
            title="Brightspace",
            fields=Fields(
                where="Admin Tools → Manage Extensibility → LTI Advantage",
                client_id="Client Id",
                deployment_id="Deployment Id",
                login_url="OpenID Connect Login URL",
                redirect_uri="Redirect URLs",
                tool_url="Target Link URI",
                key_set_url="Keyset URL",
                custom="Substitution Parameters",
            ),
            token_audience="https://api.brightspace.com/auth/token",  # noqa: S106 - An audience, not a secret.
            # Brightspace refuses a score whose time lies ahead of its own clock.
            clock_shift_seconds=-60,
        ),
        Profile(
            name="sakai",
            title="Sakai",
            fields=Fields(
                where="Administration Workspace → External Tools",
                login_url="Tool OIDC/OAuth Login URL",
                redirect_uri="Tool Redirect URL",
                tool_url="Launch URL",
                key_set_url="Tool Keyset URL",
            ),
            # Sakai makes the keys of its tokens anew whenever it starts, and then says 403 to those it gave.
            dead_token_statuses=frozenset({401, 403}),
            # Asked for one person, Sakai answers one object instead of a list, or nothing at all.
            results_by_user=False,
        ),
    )
}


def profile_named(name: str) -> Profile:
    """Return a profile, the generic one for a name that is not known."""
    return PROFILES.get(name, GENERIC)
