"""What to tell people about a refused launch: one sentence each for learner, instructor and administrator.

The administrator's sentence names the field of *their* host's pages; `profiles.Fields` has the words, and the
refusal has the values that were sent. `sent` and `known` mean something else in each sentence.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from flask_babel import lazy_gettext as _l

from sca_lms.errors import Text
from sca_lms.lti.refusals import Code


@dataclass(frozen=True, slots=True)
class Advice:
    """How the refusal is answered, and what to tell the three people it concerns."""

    status: int
    learner: Text
    instructor: Text
    administrator: Text


_AGAIN = _l("Open the activity again from your course.")
_SEND = _l("Send the code above to your instructor, then open the activity again from the same course.")
_WAIT = _l("Wait a minute, then open the activity again from your course.")
_ASK_AGAIN = _l(
    "Ask for it to be opened again from the course. "
    "If it stays, send the code and the time to your administrator."
)
_ROLE = _l("Only instructors of the course may do this. Ask the host's administrator for that role.")
_TELL = _l(
    "Send the code and the time to your administrator. "
    "Meanwhile a paper sign-in sheet works; it can be imported later."
)

_CLOCKS = _l(
    "%(host)s sent a launch dated %(sent)s, and it is %(known)s here. "
    "Set the clocks of both servers by a time service (NTP)."
)

ADVICE: Mapping[Code, Advice] = {
    Code.LOGIN_INCOMPLETE: Advice(
        400, _SEND, _TELL,
        _l(
            "The login came without %(sent)s. At %(where)s the tool must be set up as LTI 1.3 and "
            "%(login_url)s must be %(known)s."
        ),
    ),
    Code.ISSUER_UNKNOWN: Advice(
        400, _SEND, _TELL,
        _l(
            "No host is registered here with the issuer %(sent)s. Register it; it must be equal to the "
            "letter, including a final slash."
        ),
    ),
    Code.CLIENT_UNKNOWN: Advice(
        400, _SEND, _TELL,
        _l("%(client_id)s %(sent)s is not registered here for this host. Compare it at %(where)s."),
    ),
    Code.CLIENT_MISSING: Advice(
        400, _SEND, _TELL,
        _l(
            "Several institutions share the issuer %(sent)s, so the login must carry client_id. Add it "
            "to %(login_url)s: %(known)s."
        ),
    ),
    Code.PLATFORM_INACTIVE: Advice(
        403, _SEND, _TELL,
        _l(
            "The registration of %(host)s is switched off or still waits for approval here. Approve it "
            "on the hosts page of this tool."
        ),
    ),
    Code.TARGET_FOREIGN: Advice(
        400, _SEND, _TELL,
        _l(
            "%(tool_url)s %(sent)s does not lead to this tool. At %(where)s it must begin with "
            "%(known)s."
        ),
    ),
    Code.LAUNCH_INCOMPLETE: Advice(
        400, _AGAIN, _ASK_AGAIN,
        _l(
            "The launch came without %(sent)s. Nothing needs changing when somebody only reloaded this "
            "page; otherwise %(redirect_uri)s must be %(known)s."
        ),
    ),
    Code.HOST_REFUSED: Advice(
        401, _AGAIN, _ASK_AGAIN,
        _l(
            "%(host)s broke off the login and gave the reason %(sent)s. At %(where)s %(redirect_uri)s "
            "must be %(known)s, to the letter."
        ),
    ),
    Code.STATE_UNKNOWN: Advice(
        401, _AGAIN, _ASK_AGAIN,
        _l(
            "The launch does not belong to a login that began here. At %(where)s %(login_url)s must be "
            "%(known)s."
        ),
    ),
    Code.STATE_EXPIRED: Advice(
        401, _AGAIN, _ASK_AGAIN,
        _l(
            "More than ten minutes passed between the login and the launch, so it is no longer "
            "accepted. Nothing needs changing."
        ),
    ),
    Code.STATE_USED: Advice(
        401, _AGAIN, _ASK_AGAIN,
        _l(
            "This launch has already been used once, as happens when the page is reloaded. Nothing "
            "needs changing."
        ),
    ),
    Code.TICKET_EXPIRED: Advice(
        401, _AGAIN, _ASK_AGAIN,
        _l(
            "The page on which to continue was left open too long or used twice. Nothing needs "
            "changing."
        ),
    ),
    Code.BROWSER_UNPROVEN: Advice(
        401, _AGAIN, _ASK_AGAIN,
        _l(
            "The launch finished in another browser than the one in which it began. Let %(host)s open "
            "the tool in a new window, or allow its cookies."
        ),
    ),
    Code.TOKEN_TOO_LARGE: Advice(
        400, _SEND, _TELL,
        _l("The launch is larger than any real one. At %(where)s reduce %(custom)s."),
    ),
    Code.TOKEN_MALFORMED: Advice(
        400, _SEND, _TELL,
        _l(
            "The launch is not a readable signed token: %(sent)s. Compare the versions: this tool takes "
            "LTI 1.3."
        ),
    ),
    Code.TOKEN_AMBIGUOUS: Advice(
        400, _SEND, _TELL,
        _l(
            "The launch names %(sent)s twice, so it could be read in two ways. At %(where)s look for a "
            "doubled entry in %(custom)s."
        ),
    ),
    Code.ALGORITHM_REFUSED: Advice(
        401, _SEND, _TELL,
        _l(
            "The launch is signed with %(sent)s, which the key does not allow: %(known)s. Let %(host)s "
            "sign with RS256."
        ),
    ),
    Code.KEY_MISSING: Advice(
        401, _SEND, _TELL,
        _l(
            "The launch does not say with which key it is signed (kid). Let %(host)s put the kid of its "
            "key set into every launch."
        ),
    ),
    Code.KEY_UNKNOWN: Advice(
        401, _WAIT, _ASK_AGAIN,
        _l(
            "The launch is signed with the key %(sent)s, which is not in the key set at %(known)s. "
            "Correct the host's key set address on the hosts page of this tool."
        ),
    ),
    Code.KEYSET_UNREACHABLE: Advice(
        401, _WAIT, _ASK_AGAIN,
        _l(
            "The key set of %(host)s at %(known)s cannot be had: %(sent)s. Open that address from this "
            "server, and correct it on the hosts page if it is wrong."
        ),
    ),
    Code.SIGNATURE_INVALID: Advice(
        401, _SEND, _TELL,
        _l(
            "The signature does not fit the key %(sent)s of the key set at %(known)s. Another host may "
            "have signed, or the key set is not this host's."
        ),
    ),
    Code.ISSUER_MISMATCH: Advice(
        401, _SEND, _TELL,
        _l(
            "The launch names the issuer %(sent)s; registered here is %(known)s. They must be equal to "
            "the letter, including a final slash."
        ),
    ),
    Code.AUDIENCE_MISMATCH: Advice(
        401, _SEND, _TELL,
        _l(
            "The launch is meant for %(client_id)s %(sent)s; this login began for %(known)s. Compare it "
            "at %(where)s."
        ),
    ),
    Code.PARTY_MISMATCH: Advice(
        401, _SEND, _TELL,
        _l(
            "The launch is meant for several tools and does not name this one as its party (azp): "
            "%(sent)s instead of %(known)s."
        ),
    ),
    Code.TOKEN_EXPIRED: Advice(401, _AGAIN, _ASK_AGAIN, _CLOCKS),
    Code.TOKEN_EARLY: Advice(401, _WAIT, _ASK_AGAIN, _CLOCKS),
    Code.TOKEN_STALE: Advice(401, _AGAIN, _ASK_AGAIN, _CLOCKS),
    Code.NONCE_MISMATCH: Advice(
        401, _AGAIN, _ASK_AGAIN,
        _l(
            "The launch does not answer the login that began here (nonce). A cache or proxy may be "
            "repeating an old answer of %(host)s."
        ),
    ),
    Code.CLAIM_MISSING: Advice(
        400, _SEND, _TELL,
        _l(
            "The launch lacks %(sent)s, which LTI 1.3 requires. At %(where)s the tool must be set up as "
            "LTI 1.3; a host that still leaves it out needs an update."
        ),
    ),
    Code.CLAIM_MALFORMED: Advice(
        400, _SEND, _TELL,
        _l(
            "The launch has %(sent)s in a form that LTI 1.3 does not know: %(known)s. A host that sends "
            "it needs an update."
        ),
    ),
    Code.SUBJECT_MISSING: Advice(
        400, _SEND, _TELL,
        _l(
            "The launch does not say who opens it (sub). At %(where)s let %(host)s send the user's id; "
            "names and e-mail addresses may stay private."
        ),
    ),
    Code.VERSION_UNSUPPORTED: Advice(
        400, _SEND, _TELL,
        _l(
            "The launch is of LTI version %(sent)s; this tool takes %(known)s. At %(where)s choose LTI "
            "1.3."
        ),
    ),
    Code.MESSAGE_TYPE_UNKNOWN: Advice(
        400, _SEND, _TELL,
        _l(
            "The host sent the message %(sent)s, which this tool does not take; it takes %(known)s. "
            "Remove that placement at %(where)s."
        ),
    ),
    Code.TARGET_MISMATCH: Advice(
        401, _AGAIN, _ASK_AGAIN,
        _l(
            "The launch is for %(sent)s, which is not what its login was for. At %(where)s %(tool_url)s must "
            "lead to one address."
        ),
    ),
    Code.DEPLOYMENT_INACTIVE: Advice(
        403, _SEND, _TELL,
        _l(
            "%(host)s sent %(deployment_id)s %(sent)s, which is not approved here. Approve it on the "
            "hosts page of this tool, or delete the duplicate tool at %(where)s."
        ),
    ),
    Code.CONTEXT_MISSING: Advice(
        400, _SEND, _TELL,
        _l("The launch does not name a course (context). At %(where)s place the tool inside a course."),
    ),
    Code.COURSE_BUSY: Advice(
        403, _WAIT, _ASK_AGAIN,
        _l("Very many people opened this course in the same moment. Nothing needs changing."),
    ),
    Code.ROLE_REFUSED: Advice(
        403, _SEND, _ROLE,
        _l(
            "%(host)s says that this person is %(sent)s in the course; this page needs %(known)s. "
            "Change the role in the course."
        ),
    ),
}  # fmt: skip
