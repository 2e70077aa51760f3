"""The notices about requests of people about their data; none holds personal data or an answer's words."""

from flask_babel import lazy_gettext as _l

from sca_lms.courses.rules import Role
from sca_lms.errors import Text
from sca_lms.inbox.rules import Kind, Subject, Urgency

MANAGERS = frozenset({Role.MANAGER})


def _kind(
    name: str,
    label: Text,
    title: Text,
    body: Text,
    urgency: Urgency = Urgency.AT_ONCE,
    concerns: frozenset[Role] = frozenset(),
) -> Kind:
    return Kind(f"privacy.{name}", label, title, body, urgency, Subject.PRIVACY, concerns)


ENTERED = _kind(
    "entered",
    _l("Requests about my data that staff entered"),
    _l("A request about your data was entered for you"),
    _l(
        "%(what)s, entered by the staff of the course. It is answered until %(due_at)s. You can take it back."
    ),
)
GRANTED = _kind(
    "granted",
    _l("Granted requests about my data"),
    _l("Your request about your data was granted"),
    _l("%(what)s, asked on %(asked_at)s. Open your data page to read what was decided."),
)
ERASING = _kind(
    "erasing",
    _l("Granted requests to be erased"),
    _l("Your request to be erased was granted"),
    _l(
        "Your names, texts and files are taken out within a few hours, and what you have ahead is called"
        " off. You take no further part after that, and this is the last message."
    ),
)
REFUSED = _kind(
    "refused",
    _l("Refused requests about my data"),
    _l("Your request about your data was refused"),
    _l("%(what)s, asked on %(asked_at)s. Open your data page to read why."),
)
ARCHIVE_READY = _kind(
    "archive-ready",
    _l("Archives of my data"),
    _l("The archive of your data is ready"),
    _l("Sign in to fetch it until %(expires_at)s; then it is deleted."),
)
ARCHIVE_FAILED = _kind(
    "archive-failed",
    _l("Archives of my data that could not be made"),
    _l("The archive of your data could not be made"),
    _l("Ask for it again, or tell the manager of your programme."),
)
HAND_OVER = _kind(
    "hand-over",
    _l("Archives to hand over"),
    _l("An archive for request %(number)s is ready"),
    _l("Fetch it and hand it over until %(expires_at)s; then it is deleted."),
    concerns=MANAGERS,
)
ASKED = _kind(
    "asked",
    _l("New requests about data"),
    _l("Somebody asks about their data: %(what)s"),
    _l("Request %(number)s has to be answered until %(due_at)s (PDPA)."),
    Urgency.DIGEST,
    MANAGERS,
)
DUE = _kind(
    "due",
    _l("Requests about data whose time runs out"),
    _l("Answer request %(number)s about data until %(due_at)s"),
    _l("%(what)s. The law gives thirty days (PDPA), and nobody has answered yet."),
    concerns=MANAGERS,
)
OVERDUE = _kind(
    "overdue",
    _l("Overdue requests about data"),
    _l("Request %(number)s about data is overdue"),
    _l("%(what)s. It had to be answered until %(due_at)s (PDPA)."),
    concerns=MANAGERS,
)
KINDS = (
    ENTERED, GRANTED, ERASING, REFUSED, ARCHIVE_READY, ARCHIVE_FAILED, ASKED, DUE, OVERDUE, HAND_OVER,
)  # fmt: skip
