"""Put the host's own words and the values that were sent into the sentences about a refused launch."""

from collections.abc import Mapping
from dataclasses import dataclass

from markupsafe import Markup, escape

from sca_lms.errors import Text
from sca_lms.lti.advice import ADVICE
from sca_lms.lti.models import LaunchTrace, Platform
from sca_lms.lti.profiles import GENERIC, Profile, profile_named
from sca_lms.lti.refusals import Code

TOLD = "refused_"
"""What stands before the names of such values in a trace."""


@dataclass(frozen=True, slots=True)
class Explained:
    """A refused launch in words, in the language of the moment."""

    learner: str
    instructor: str
    administrator: Markup


def explained(trace: LaunchTrace, platform: Platform | None) -> Explained | None:
    """Return what to tell people about a trace; None for a code of another version of the tool."""
    if trace.code not in set(Code):
        return None
    advice = ADVICE[Code(trace.code)]
    told = {
        name.removeprefix(TOLD): str(value) for name, value in trace.facts.items() if name.startswith(TOLD)
    }
    profile = profile_named(platform.profile) if platform else GENERIC
    return Explained(
        str(advice.learner), str(advice.instructor), fill_in(advice.administrator, told, profile)
    )


def fill_in(sentence: Text, told: Mapping[str, str], profile: Profile) -> Markup:
    """Return a sentence for a host's administrator; values that came from outside stand in `code`."""
    fields = profile.fields
    words: dict[str, object] = {
        "host": profile.title,
        "where": fields.where,
        "client_id": fields.client_id,
        "deployment_id": fields.deployment_id,
        "login_url": fields.login_url,
        "redirect_uri": fields.redirect_uri,
        "tool_url": fields.tool_url,
        "custom": fields.custom,
        "sent": Markup("–"),
        "known": Markup("–"),
    }
    for name, value in told.items():
        words[name] = Markup("<code>{}</code>").format(value)
    return escape(str(sentence)) % words
