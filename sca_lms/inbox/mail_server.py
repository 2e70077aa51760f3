"""Speak to the mail server: one connection for a round of e-mails, encrypted unless it is this machine's."""

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

from sca_lms.config import LOOPBACK_HOSTS
from sca_lms.inbox.mail_rules import Answer, meaning

TIMEOUT_SECONDS = 15
PORTS = {"smtp": 587, "smtps": 465}


@dataclass(frozen=True, slots=True)
class Said:
    """What the server said of one e-mail: what follows from it, and a code for the log."""

    answer: Answer
    code: str = ""


class Unreachable(Exception):
    """No conversation came about; the argument is a code for the log."""


class Line:
    """An open connection."""

    def __init__(self, server: smtplib.SMTP) -> None:
        self._server = server

    def send(self, message: EmailMessage) -> Said:
        """Hand one e-mail over; raise `Unreachable` when the connection breaks."""
        try:
            self._server.send_message(message)
        except smtplib.SMTPRecipientsRefused as error:
            code = min(reply for reply, _text in error.recipients.values())
            return Said(meaning(code), f"recipient-{code}")
        except smtplib.SMTPResponseException as error:
            return Said(meaning(error.smtp_code), f"smtp-{error.smtp_code}")
        except (smtplib.SMTPException, OSError) as error:
            raise Unreachable(type(error).__name__) from error
        return Said(Answer.SENT)


@contextmanager
def line(smtp_url: str) -> Iterator[Line]:
    """Connect to the server of `SCA_LMS_SMTP_URL`; raise `Unreachable` when it does not answer."""
    parts = urlsplit(smtp_url)
    host, port = parts.hostname or "localhost", parts.port or PORTS[parts.scheme]
    try:
        server = _connect(parts.scheme, host, port)
        if parts.username:
            server.login(unquote(parts.username), unquote(parts.password or ""))
    except (smtplib.SMTPException, OSError) as error:
        raise Unreachable(type(error).__name__) from error
    try:
        yield Line(server)
    finally:
        with suppress(smtplib.SMTPException, OSError):
            server.quit()


def _connect(scheme: str, host: str, port: int) -> smtplib.SMTP:
    context = ssl.create_default_context()
    if scheme == "smtps":
        return smtplib.SMTP_SSL(host, port, timeout=TIMEOUT_SECONDS, context=context)
    server = smtplib.SMTP(host, port, timeout=TIMEOUT_SECONDS)
    if host not in LOOPBACK_HOSTS:
        server.starttls(context=context)
    return server
