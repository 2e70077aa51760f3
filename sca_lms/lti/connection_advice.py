"""Say to an instructor and to a host's administrator what a step of the connection test means for them."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask_babel import lazy_gettext as _l

from sca_lms.errors import Text


@dataclass(frozen=True, slots=True)
class Advice:
    """What a step is about, and what each side does when it does not work out."""

    title: Text
    instructor: Text
    administrator: Text


_TELL_OPERATOR = _l("Tell whoever looks after this tool, and show them the line with the details.")
_PASS_ON = _l("You cannot change this yourself. Pass this page on to the administrator of the LMS.")
_ASK_SERVICE = _l("Ask the administrator of the LMS to allow this service, then test again.")
_ALLOW_SERVICE = _l(
    "Allow this service in the settings of the tool in the LMS, and compare client id and key set address "
    "there."
)

ADVICE: Mapping[str, Advice] = {
    "state": Advice(
        _l("LMS let in by the tool"), _TELL_OPERATOR, _l("Nothing has to be changed in the LMS.")
    ),
    "address": Advice(
        _l("Addresses of the LMS"),
        _TELL_OPERATOR,
        _l("Has the LMS moved? Tell whoever looks after the tool its new addresses."),
    ),
    "login": Advice(
        _l("Sign-in page of the LMS"),
        _PASS_ON,
        _l("Has the LMS moved? Tell whoever looks after the tool its new sign-in address."),
    ),
    "key-set": Advice(
        _l("Check that a visit really comes from the LMS"),
        _PASS_ON,
        _l("Let the tool's server read the public key set of the LMS."),
    ),
    "clock": Advice(
        _l("Clocks of both sides"),
        _l(
            "Visits and scores may be refused until the clocks agree. Pass this on to the administrator of "
            "the LMS."
        ),
        _l("Set the clock of the LMS's server by a time service (NTP)."),
    ),
    "token-lineitem": Advice(_l("Permission to make columns"), _ASK_SERVICE, _ALLOW_SERVICE),
    "token-lineitem.readonly": Advice(_l("Permission to look at columns"), _ASK_SERVICE, _ALLOW_SERVICE),
    "token-result.readonly": Advice(_l("Permission to read scores back"), _ASK_SERVICE, _ALLOW_SERVICE),
    "token-score": Advice(_l("Permission to send scores"), _ASK_SERVICE, _ALLOW_SERVICE),
    "token-contextmembership.readonly": Advice(
        _l("Permission to read the participants"), _ASK_SERVICE, _ALLOW_SERVICE
    ),
    "course-gradebook": Advice(
        _l("Gradebook of this course"),
        _l(
            "Open an activity of this tool from your course once and test again. If it stays like this, look "
            "in the settings of the activity whether the tool may use the gradebook."
        ),
        _l("Switch on the grade services (Assignment and Grade Services) for the tool."),
    ),
    "course-columns": Advice(
        _l("Columns of this course"),
        _l(
            "Test again in a few minutes. If it stays like this, pass this page on to the administrator of "
            "the LMS."
        ),
        _l("Look whether the tool may see the gradebook of this course."),
    ),
    "course-participants": Advice(
        _l("Participants of this course"),
        _l("Scores arrive all the same. Without the list, people appear here after their first visit."),
        _l("Switch on the service “Names and Role Provisioning” for the tool."),
    ),
}
UNKNOWN = Advice(_l("Another step"), _TELL_OPERATOR, _l("Look at the line with the details."))


def advice_for(name: str) -> Advice:
    """Return the advice for a step of the test; the addresses share one."""
    return ADVICE.get("address" if name.startswith("address-") else name, UNKNOWN)
