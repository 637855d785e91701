"""Talking to the mail server: one message at a time, and what its answer means."""

import contextlib
import smtplib
from types import TracebackType
from typing import Self

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.smtp import EmailBackend

from newsletter.models import Bounce, Message
from newsletter.naming import return_path
from newsletter.reports import classify

TIMEOUT = 10  # seconds, for each step of the conversation


class Refused(Exception):
    """The server will never take this message (5xx)."""


class NoMailbox(Refused):
    """The server will never take this message, since there is no such mailbox."""


class TryLater(Exception):
    """The server does not take this message now (4xx)."""


class Unreachable(Exception):
    """There is no conversation with the server at all."""


class Line:
    """A connection to the mail server: opened when needed, reopened after loss."""

    def __init__(self) -> None:
        self._backend = EmailBackend(timeout=TIMEOUT)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._close()

    def send(self, message: Message) -> None:
        """Send one message; raises Refused, TryLater or Unreachable with a short code.

        The codes hold no address: servers repeat the recipient in their own words.
        """
        self.open()
        try:
            self._backend.send_messages([as_email(message)])
        except smtplib.SMTPRecipientsRefused as error:
            self._close()
            code, words = next(iter(error.recipients.values()))
            raise _refusal(code, words) from None
        except smtplib.SMTPSenderRefused as error:
            # about us, not about the message: an expired sign-in must lose no mail
            self._close()
            raise TryLater(f"smtp {error.smtp_code}") from None
        except smtplib.SMTPResponseException as error:
            self._close()
            raise _meaning(error.smtp_code) from None
        except (smtplib.SMTPException, OSError):
            self._close()
            raise Unreachable("connection") from None

    def open(self) -> bool:
        """Open the connection; say whether it was not open before.

        Raises Unreachable.
        """
        try:
            return bool(self._backend.open())
        except smtplib.SMTPResponseException as error:
            self._close()
            raise Unreachable(f"smtp {error.smtp_code}") from None
        except (smtplib.SMTPException, OSError):
            self._close()
            raise Unreachable("connection") from None

    def _close(self) -> None:
        with contextlib.suppress(smtplib.SMTPException, OSError):
            self._backend.close()


def _refusal(code: int, words: bytes) -> Exception:
    """What it means that the server does not want the recipient."""
    said = words.decode("latin-1")
    status = next(iter(said.split()), "")
    if 500 <= code <= 599 and classify(status, said) == Bounce.Kind.HARD:
        return NoMailbox(f"smtp {code}")
    return _meaning(code)


def _meaning(code: int) -> Exception:
    if 500 <= code <= 599:
        return Refused(f"smtp {code}")
    if code == 421:  # the server is closing down: nothing about this message
        return Unreachable("smtp 421")
    return TryLater(f"smtp {code}")


def as_email(message: Message) -> EmailMultiAlternatives:
    """Return the row as an e-mail: one recipient, our sender, a fixed Message-ID.

    What cannot be delivered comes back to an address that names the letter.
    """
    email = EmailMultiAlternatives(
        subject=message.subject,
        body=message.text,
        from_email=return_path(message),
        to=[message.to],
        headers={
            "From": settings.DEFAULT_FROM_EMAIL,
            **message.headers,
            "Message-ID": message.message_id,
        },
    )
    if message.html:
        email.attach_alternative(message.html, "text/html")
    return email
