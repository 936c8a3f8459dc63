"""Mails for a service without an interface: one when something breaks, one each time that changes.

A mail cannot be looked for. One whose outcome is not known is sent again under the same ``Message-ID``, which a
mailbox recognises.
"""

import re
import ssl
from collections.abc import Callable
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP as MAIL_POLICY
from email.utils import format_datetime
from http import HTTPStatus
from typing import Literal, Self

import aiosmtplib

from city.desks import KeyRefused, Receipt, Report, UpdateStatus
from city.errors import BadInput, Outside, Refused, Unreachable
from city.settings import DeskEmailSection

TIME_OUT_S = 20.0
"""Real seconds that each exchange with the server may take."""
SUBJECT_LIMIT = 180
"""Characters."""

_NOT_IN_ID = re.compile(r"[^A-Za-z0-9_-]")

_SUBJECTS: dict[UpdateStatus, str] = {
    "FIXED": "réparé",
    "NO_FURTHER_ACTION": "sans suite",
    "REOPEN": "de nouveau en panne",
    "OPEN": "toujours en panne",
    "INVESTIGATING": "constaté",
}


class MailDesk:
    """A mailbox that reports go to; a ``city.desks.ServiceDesk`` whose numbers are our references."""

    def __init__(self, settings: DeskEmailSection, now: Callable[[], datetime]) -> None:
        """Prepare; nothing is sent yet.

        Raises:
            BadInput: the authority's file cannot be used.
        """
        self._settings = settings
        self._now = now
        self._name = f"the mail server at {settings.host}:{settings.port}"
        self._domain = settings.sender.rpartition("@")[2].strip("> ")
        try:
            self._tls = (
                ssl.create_default_context(cafile=settings.ca_file) if settings.security != "none" else None
            )
        except OSError as error:
            raise BadInput(f"desk.email.ca_file: {settings.ca_file} cannot be used: {error}") from error

    async def __aenter__(self) -> Self:
        """Each mail has a connection of its own."""
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        """Nothing is open between two mails."""

    async def ping(self) -> None:
        """Return if the server lets us in."""
        await self._send(None)

    async def post(self, report: Report) -> Receipt:
        """Send the mail that opens a thread."""
        subject = report.description.partition("\n")[0]
        place = f"{report.position.latitude:.6f}, {report.position.longitude:.6f}"
        text = (
            f"{report.description}\n\nLieu : {report.address}\nPosition : {place}\n"
            f"Référence : {report.external_ref}\n"
        )
        await self._send(self._mail(f"{report.external_ref}-open", subject, text))
        return Receipt(report.external_ref)

    async def resolve(self, token: str) -> str | None:
        """There are no tokens."""
        return None

    async def find(self, external_ref: str, since: datetime) -> str | None:
        """Nothing can be looked for."""
        return None

    async def status(self, number: str) -> Literal["open", "closed"] | None:
        """Nobody answers."""
        return None

    async def update(
        self, number: str, update_id: str, status: UpdateStatus, at: datetime, description: str
    ) -> None:
        """Send a mail that answers the first one."""
        text = f"{description}\n\nConstaté le : {at:%Y-%m-%d %H:%M} UTC\nRéférence : {number}\n"
        mail = self._mail(update_id, f"{number} : {_SUBJECTS[status]}", text)
        first = self._id(f"{number}-open")
        mail["In-Reply-To"] = first
        mail["References"] = first
        await self._send(mail)

    def _id(self, name: str) -> str:
        return f"<{_NOT_IN_ID.sub('-', name)}@{self._domain}>"

    def _mail(self, name: str, subject: str, text: str) -> EmailMessage:
        """A plain mail; nothing that is said in it can become a header."""
        mail = EmailMessage(MAIL_POLICY)
        mail["From"] = self._settings.sender
        mail["To"] = self._settings.to
        mail["Subject"] = f"[Falotier] {_one_line(subject)}"[:SUBJECT_LIMIT]
        mail["Message-ID"] = self._id(name)
        mail["Date"] = format_datetime(self._now())
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(text, charset="utf-8")
        return mail

    async def _send(self, mail: EmailMessage | None) -> None:
        settings = self._settings
        client = aiosmtplib.SMTP(
            hostname=settings.host,
            port=settings.port,
            timeout=TIME_OUT_S,
            use_tls=settings.security == "tls",
            start_tls=settings.security == "starttls",
            tls_context=self._tls,
            username=settings.user or None,
            password=settings.password.get_secret_value() or None,
        )
        try:
            async with client:
                if mail is not None:
                    await client.send_message(mail)
        except (aiosmtplib.SMTPException, OSError) as error:
            raise self._told(error) from error

    def _told(self, error: Exception) -> Outside:
        """An error of ours: what a server says with a 5 in front will not pass."""
        if isinstance(error, aiosmtplib.SMTPAuthenticationError):
            return KeyRefused(f"{self._name} does not accept our user and password")
        if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
            codes = [each.code for each in error.recipients]
            said = "; ".join(_one_line(each.message) for each in error.recipients)
        else:
            codes = [getattr(error, "code", 0)]
            said = _one_line(str(error))
        message = f"{self._name}: {said}"
        lasting = codes and all(code >= HTTPStatus.INTERNAL_SERVER_ERROR for code in codes)
        return Refused(message) if lasting else Unreachable(message)


def _one_line(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
