"""What differs from host to host, as data: never ask for a host's name, read its profile."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum


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
class Profile:
    """One kind of host: its name, the words of its pages and its known habits."""

    name: str
    title: str
    fields: Fields
    tenancy: Tenancy = Tenancy.PLATFORM
    token_audience: str | None = None
    """The audience of a client assertion where it is not the token address."""
    clock_shift_seconds: int = 0
    """What is added to the timestamp of a score, for hosts that refuse one from their future."""
    score_extras: Mapping[str, object] = field(default_factory=dict)
    """Members of a score that only this host understands."""

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
        ),
    )
}


def profile_named(name: str) -> Profile:
    """Return a profile, the generic one for a name that is not known."""
    return PROFILES.get(name, GENERIC)
