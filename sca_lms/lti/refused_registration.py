"""Why a host could not be registered: stable codes, and for each a sentence that says what to do."""

from collections.abc import Mapping
from enum import StrEnum
from typing import ClassVar

from flask_babel import lazy_gettext as _l

from sca_lms.errors import Refused, Text
from sca_lms.lti.plain import clean

LONGEST_FACT = 200


class Trouble(StrEnum):
    """What is shown and logged; scripts rely on the words."""

    INVITE_MISSING = "invite-missing"
    INVITE_UNKNOWN = "invite-unknown"
    INVITE_EXPIRED = "invite-expired"
    UNDER_WAY = "registration-under-way"
    HOST_MISSING = "host-missing"
    ADDRESS_REFUSED = "host-address-refused"
    HOST_UNREACHABLE = "host-unreachable"
    CONFIGURATION_REFUSED = "configuration-refused"
    CONFIGURATION_UNREADABLE = "configuration-unreadable"
    CONFIGURATION_INCOMPLETE = "configuration-incomplete"
    ISSUER_MISMATCH = "issuer-mismatch"
    ENDPOINT_FOREIGN = "registration-endpoint-foreign"
    METHOD_MISSING = "method-missing"
    HOST_REFUSED = "registration-refused"
    ANSWER_UNREADABLE = "registration-answer-unreadable"


_FINAL = {Trouble.INVITE_MISSING, Trouble.INVITE_UNKNOWN, Trouble.INVITE_EXPIRED}


class RegistrationRefused(Refused):
    """The host was not registered; nothing was stored and the invite can be used again."""

    code: ClassVar[str] = "registration-failed"

    def __init__(self, reason: Trouble, **facts: object) -> None:
        super().__init__(ADVICE[reason])
        self.reason = reason
        self.facts: Mapping[str, str] = {name: _short(value) for name, value in facts.items()}

    @property
    def may_be_repeated(self) -> bool:
        """Tell whether the invite can still be used."""
        return self.reason not in _FINAL

    def __str__(self) -> str:
        return str(self.message) % {"sent": "", "known": "", **self.facts}


def _short(value: object) -> str:
    text = clean(str(value)).replace("\n", " ")
    return text if len(text) <= LONGEST_FACT else text[: LONGEST_FACT - 1] + "…"


ADVICE: Mapping[Trouble, Text] = {
    Trouble.INVITE_MISSING: _l(
        "Registration needs an invite. Ask the operator of this tool for an address, and copy it whole."
    ),
    Trouble.INVITE_UNKNOWN: _l(
        "This invite is not known or has been withdrawn. Ask the operator of this tool for a new address."
    ),
    Trouble.INVITE_EXPIRED: _l("This invite is too old. Ask the operator of this tool for a new address."),
    Trouble.UNDER_WAY: _l(
        "A registration with this invite is just under way. Wait two minutes, then open this page again."
    ),
    Trouble.HOST_MISSING: _l(
        "This address belongs into your LMS, not into the browser: paste it where the LMS asks for a tool's "
        "registration address, and open it from there."
    ),
    Trouble.ADDRESS_REFUSED: _l("The host's field %(sent)s cannot be used. %(known)s"),
    Trouble.HOST_UNREACHABLE: _l(
        "This tool could not reach the host at %(known)s: %(sent)s. Let its firewall admit this server, then "
        "start again from the LMS."
    ),
    Trouble.CONFIGURATION_REFUSED: _l(
        "The host answered %(sent)s when it was asked for its configuration at %(known)s. The registration "
        "page may be too old: start again from the LMS."
    ),
    Trouble.CONFIGURATION_UNREADABLE: _l(
        "What the host sends as its configuration at %(known)s is not a JSON document. A login page or a "
        "firewall may stand before it."
    ),
    Trouble.CONFIGURATION_INCOMPLETE: _l(
        "The host's document %(known)s lacks %(sent)s. Register it by hand instead, or update the host."
    ),
    Trouble.ISSUER_MISMATCH: _l(
        "The configuration comes from %(known)s and speaks for the issuer %(sent)s. Only a document at or "
        "below the issuer's own address may do so. Set the LMS's own address (wwwroot, base URL) to the one "
        "people use."
    ),
    Trouble.ENDPOINT_FOREIGN: _l(
        "The host wants the registration sent to %(sent)s, which is neither the issuer's nor the "
        "configuration's host %(known)s."
    ),
    Trouble.METHOD_MISSING: _l(
        "The host does not take %(known)s (%(sent)s), which this tool needs. Update the host."
    ),
    Trouble.HOST_REFUSED: _l(
        "The host refused the registration and gave the reason %(sent)s. Start again from the LMS; a "
        "registration token works once."
    ),
    Trouble.ANSWER_UNREADABLE: _l(
        "The host accepted the registration but its answer lacks %(sent)s. Delete the tool in the LMS and "
        "start again, or register it by hand."
    ),
}
