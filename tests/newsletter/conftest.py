"""A real mail server that refuses what a test tells it to."""

import asyncio
import hashlib
from collections import Counter
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from pytest_django import Settings

from jessops.sandbox.stack.ports import free_port


class MailServer:
    """Takes mail on 127.0.0.1; refuses by address and, in part, by chance."""

    def __init__(self) -> None:
        self.port = 0
        self.messages: list[EmailMessage] = []
        self.recipients: list[list[str]] = []
        self.tries: Counter[str] = Counter()
        self.later_percent = 0  # of all attempts, answered with 451
        self.drop_next = False  # end the conversation after the message was taken
        self.refuse_text = ""  # the answer to the message itself
        self.refuse_sender = ""

    async def handle_MAIL(
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        address: str,
        options: list[str],
    ) -> str:
        if self.refuse_sender:
            return self.refuse_sender
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        address: str,
        options: list[str],
    ) -> str:
        self.tries[address] += 1
        if address.startswith("never"):
            return f"550 5.1.1 <{address}> unknown"
        chance = hashlib.sha256(f"{address}{self.tries[address]}".encode()).digest()[0]
        if address.startswith("later") or chance < self.later_percent * 2.56:
            return f"451 4.7.1 <{address}> not now"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        if self.refuse_text:
            return self.refuse_text
        assert isinstance(envelope.content, bytes)
        self.messages.append(
            message_from_bytes(envelope.content, policy=policy.default)
        )
        self.recipients.append(list(envelope.rcpt_tos))
        if self.drop_next:
            self.drop_next = False
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
        return "250 taken"

    def ids(self) -> Counter[str]:
        return Counter(str(message["Message-ID"]) for message in self.messages)


@pytest.fixture
def mail_server(settings: Settings) -> Iterator[MailServer]:
    server = MailServer()
    server.port = free_port()
    controller = Controller(server, hostname="127.0.0.1", port=server.port)
    controller.start()
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
    yield server
    controller.stop()
