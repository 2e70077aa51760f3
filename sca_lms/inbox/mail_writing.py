"""Write the e-mail of one notice, or of a day's, in its reader's language and the course's zone."""

from collections.abc import Sequence
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import make_msgid, parseaddr
from urllib.parse import urlsplit

from flask import g, render_template
from flask_babel import force_locale, ngettext

from sca_lms.config import Settings
from sca_lms.courses.models import Person
from sca_lms.inbox.mail_settling import DIGEST
from sca_lms.inbox.models import InboxMail, InboxNotice
from sca_lms.inbox.unsubscribing import Wish, token_of
from sca_lms.inbox.words import said
from sca_lms.web.i18n import DEFAULT_LOCALE, supported_locale

UNSUBSCRIBE = "/notices/unsubscribe/"


def write(mail: InboxMail, notices: Sequence[InboxNotice], settings: Settings) -> EmailMessage:
    """Return the message, as plain text and as HTML; `mail.person` and `mail.course` must be loaded.

    Raise ValueError for an address that cannot be one.
    """
    person, course = mail.person, mail.course
    locale = supported_locale(person.locale) or supported_locale(course.default_locale) or DEFAULT_LOCALE
    g.timezone = course.timezone
    with force_locale(locale):
        lines = [(said(each.kind, each.facts), _absolute(settings, each.path)) for each in notices]
        subject = (
            lines[0][0].title
            if len(lines) == 1
            else ngettext("%(num)s notice", "%(num)s notices", len(lines))
        )
        leave = settings.public_url + UNSUBSCRIBE + token_of(settings, Wish(person.id, mail.kind))
        known = {
            "course": course.title or course.label,
            "lines": lines,
            "leave": leave,
            "is_digest": mail.kind == DIGEST,
            "locale": locale,
        }
        message = EmailMessage()
        message["From"] = settings.mail_from
        message["To"] = _address(person)
        message["Subject"] = _one_line(f"{subject} · {known['course']}")
        # The same e-mail sent twice after a crash says so to the reader's mail program.
        message["Message-ID"] = _message_id(mail, settings)
        message["Auto-Submitted"] = "auto-generated"
        message["Content-Language"] = locale
        message["List-Unsubscribe"] = f"<{leave}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        message.set_content(render_template("inbox/mail.txt", **known), cte="base64")
        message.add_alternative(render_template("inbox/mail.html", **known), subtype="html", cte="base64")
    return message


def _address(person: Person) -> Address:
    if any(letter in person.email for letter in "\r\n\0"):
        raise ValueError("an address has one line")
    return Address(display_name=_one_line(person.full_name), addr_spec=person.email)


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _absolute(settings: Settings, path: str) -> str:
    return settings.public_url + path if path.startswith("/") else ""


def _message_id(mail: InboxMail, settings: Settings) -> str:
    host = parseaddr(settings.mail_from)[1].rpartition("@")[2] or urlsplit(settings.public_url).hostname
    made = make_msgid(domain=host or "localhost")
    return f"<sca-lms.{mail.id}.{mail.key.replace(':', '.')}@{made.rpartition('@')[2]}"
