"""Read what an operator types about a host."""

from collections.abc import Mapping

import wtforms
from werkzeug.datastructures import MultiDict
from wtforms.validators import InputRequired, Optional

from sca_lms.errors import Text
from sca_lms.lti.host_addresses import PlatformDetails
from sca_lms.lti.invites import LONGEST_LIFETIME, USUAL_LIFETIME
from sca_lms.lti.profiles import PROFILES
from sca_lms.web.forms import Form
from sca_lms.web.forms import lazy_label as _l

HOUR_SECONDS = 3600


class HostForm(Form):
    """A host written down by hand; what is right is decided where it is stored."""

    name = wtforms.StringField(
        _l("Name"),
        [InputRequired()],
        description=_l("As you call it, such as “Moodle of the training centre”."),
    )
    profile = wtforms.SelectField(_l("Kind of host"))
    issuer = wtforms.StringField(
        _l("Issuer"),
        [InputRequired()],
        description=_l("Moodle: Platform ID. To the letter, with or without a final slash."),
    )
    client_id = wtforms.StringField(
        _l("Client ID"),
        [InputRequired()],
        description=_l("Canvas: the number of the developer key. Blackboard: Application ID."),
    )
    auth_login_url = wtforms.URLField(
        _l("Login address of the host"),
        [InputRequired()],
        description=_l(
            "Moodle: Authentication request URL. Brightspace: OpenID Connect Authentication Endpoint."
        ),
    )
    auth_token_url = wtforms.URLField(
        _l("Token address of the host"),
        [InputRequired()],
        description=_l("Moodle: Access token URL. Brightspace: Brightspace OAuth2 Access Token URL."),
    )
    jwks_url = wtforms.URLField(
        _l("Key set address of the host"),
        [InputRequired()],
        description=_l("Moodle: Public keyset URL. Brightspace: Brightspace Keyset URL."),
    )
    token_audience = wtforms.StringField(
        _l("Token audience"),
        [Optional()],
        description=_l("Only if the host names one that is not its token address."),
    )
    deployments = wtforms.TextAreaField(
        _l("Deployment IDs"),
        [Optional()],
        description=_l(
            "One in each line. Others are listed for approval when they launch for the first time."
        ),
    )

    def __init__(
        self, sent: MultiDict[str, str] | None = None, *, shown: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(sent, data=shown)
        self.profile.choices = [(name, profile.title) for name, profile in PROFILES.items()]

    def details(self) -> PlatformDetails:
        """Return what was typed."""
        return PlatformDetails(
            name=self.name.data or "",
            issuer=self.issuer.data or "",
            client_id=self.client_id.data or "",
            auth_login_url=self.auth_login_url.data or "",
            auth_token_url=self.auth_token_url.data or "",
            jwks_url=self.jwks_url.data or "",
            token_audience=self.token_audience.data or None,
            profile=self.profile.data or "generic",
            deployments=tuple(
                line.strip() for line in (self.deployments.data or "").splitlines() if line.strip()
            ),
        )

    def show_faults(self, faults: Mapping[str, Text]) -> None:
        """Put each sentence beside its field."""
        for name, sentence in faults.items():
            self[name].errors = [*self[name].errors, str(sentence)]


class InviteForm(Form):
    """For how long an invite is good, and whether its host must be approved."""

    hours = wtforms.IntegerField(
        _l("Valid for (hours)"),
        [
            InputRequired(),
            wtforms.validators.NumberRange(min=1, max=int(LONGEST_LIFETIME.total_seconds()) // HOUR_SECONDS),
        ],
        default=int(USUAL_LIFETIME.total_seconds()) // HOUR_SECONDS,
    )
    approves = wtforms.BooleanField(
        _l("Let the host in at once"),
        description=_l("Otherwise it waits here until you approve it."),
    )
