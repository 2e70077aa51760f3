"""A mail server for tests: it keeps what it is given and answers as it is told."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


@dataclass
class PostOffice:
    """What arrived, and what is answered to a recipient or to a message."""

    received: list[EmailMessage] = field(default_factory=list)
    recipient_answers: dict[str, str] = field(default_factory=dict)
    message_answers: list[str] = field(default_factory=list)
    port: int = 0

    async def handle_RCPT(  # noqa: N802 - The library looks for this name.
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        answer = self.recipient_answers.get(address, "250 OK")
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - As above.
        answer = self.message_answers.pop(0) if self.message_answers else "250 Taken"
        if answer.startswith("250"):
            content = envelope.content
            assert isinstance(content, bytes)
            found = message_from_bytes(content, policy=policy.default)
            assert isinstance(found, EmailMessage)
            self.received.append(found)
        return answer

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"


@contextmanager
def open_post_office() -> Iterator[PostOffice]:
    # The library knocks at the port that it was given, so it cannot choose one itself.
    with socket.create_server(("127.0.0.1", 0)) as free:
        office = PostOffice(port=free.getsockname()[1])
    controller = Controller(office, hostname="127.0.0.1", port=office.port)
    controller.start()
    try:
        yield office
    finally:
        controller.stop()
