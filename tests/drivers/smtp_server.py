"""A mail server on the loopback: what tests need of SMTP, with STARTTLS and a user."""

import asyncio
import base64
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as policy


@dataclass
class Mailbox:
    """Takes mails, and says to single commands what it is told to say."""

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    """Every command, outside of mails."""
    answers: dict[str, str] = field(default_factory=dict)
    """What a command is answered with instead of yes."""
    drop_answer: bool = False
    """Let the connection die once, after a mail was taken."""
    tls: ssl.SSLContext | None = None
    password: str = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._talk(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mailbox\r\n")
        while line := (await reader.readline()).decode().strip():
            self.lines.append(line)
            command = line.split()[0].upper()
            if command in self.answers:
                answer = self.answers[command]
            elif command == "EHLO":
                answer = "250-mailbox\r\n250-AUTH PLAIN" + (
                    "\r\n250 STARTTLS" if self.tls else "\r\n250 8BITMIME"
                )
            elif command == "STARTTLS":
                writer.write(b"220 go\r\n")
                assert self.tls is not None
                await writer.start_tls(self.tls)
                continue
            elif command == "AUTH":
                given = base64.b64decode(line.split()[2]).decode().split("\0")[2]
                answer = "235 welcome" if given == self.password else f"535 wrong password {given}"
            elif command == "DATA":
                answer = await self._take(reader, writer)
            else:
                answer = "221 bye" if command == "QUIT" else "250 yes"
            if not answer:
                return
            writer.write(answer.encode() + b"\r\n")
            await writer.drain()

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> str:
        writer.write(b"354 go\r\n")
        body = (await reader.readuntil(b"\r\n.\r\n"))[: -len(b".\r\n")]
        mail = message_from_bytes(body, policy=policy)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        if self.drop_answer:
            self.drop_answer = False
            return ""
        return "250 taken"


@asynccontextmanager
async def a_mailbox(tls: ssl.SSLContext | None = None, *, at_once: bool = False) -> AsyncIterator[Mailbox]:
    """A mailbox that listens; ``at_once`` speaks TLS from the first byte."""
    mailbox = Mailbox(tls=tls)
    server = await asyncio.start_server(mailbox.serve, "127.0.0.1", 0, ssl=tls if at_once else None)
    mailbox.port = server.sockets[0].getsockname()[1]
    try:
        yield mailbox
    finally:
        server.close()
        await server.wait_closed()
