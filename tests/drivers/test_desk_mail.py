"""The e-mail desk against a mail server on the loopback."""

import ssl
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from city.desks import KeyRefused, Receipt, Report
from city.errors import BadInput, Outside, Refused, Unreachable
from city.places import Position
from city.settings import DeskEmailSection
from drivers.desk_mail import MailDesk
from tests.drivers.certificates import Authority
from tests.drivers.influxd import free_port
from tests.drivers.smtp_server import Mailbox, a_mailbox

NOW = datetime(2026, 11, 30, 17, 0, tzinfo=UTC)
REPORT = Report(
    "i-1a2b",
    "eclairage-public",
    Position(47.75, 7.34),
    "rue Franklin, Mulhouse",
    "Lampe éteinte · 08-1173\nConstaté.",
)


def desk(mailbox: Mailbox, **changes: Any) -> MailDesk:
    given = {
        "host": "127.0.0.1",
        "port": mailbox.port,
        "security": "none",
        "sender": "falotier@ville.example",
    }
    return MailDesk(DeskEmailSection(**{**given, "to": "allo@ville.example", **changes}), lambda: NOW)


def tls_of(folder: Path) -> tuple[ssl.SSLContext, Path]:
    authority = Authority(folder, "mail")
    certificate, key = authority.certificate("server")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context, authority.file


async def test_an_opening_and_an_end_are_one_mail_each_in_one_thread() -> None:
    async with a_mailbox() as mailbox, desk(mailbox) as service:
        assert await service.post(REPORT) == Receipt("i-1a2b")
        await service.update("i-1a2b", "i-1a2b-fixed", "FIXED", NOW, "Réparation constatée.")
    opening, end = mailbox.mails
    assert (opening["From"], opening["To"]) == ("falotier@ville.example", "allo@ville.example")
    assert opening["Subject"] == "[Falotier] Lampe éteinte · 08-1173"
    assert opening["Message-ID"] == "<i-1a2b-open@ville.example>"
    assert opening.get_content_type() == "text/plain"
    text = opening.get_content().replace("\r\n", "\n")
    assert text.startswith("Lampe éteinte · 08-1173\nConstaté.\n\nLieu : rue Franklin, Mulhouse\n")
    assert "Position : 47.750000, 7.340000\nRéférence : i-1a2b\n" in text
    assert end["Message-ID"] == "<i-1a2b-fixed@ville.example>"
    assert end["In-Reply-To"] == end["References"] == opening["Message-ID"]
    assert end["Subject"] == "[Falotier] i-1a2b : réparé"
    assert "Réparation constatée." in end.get_content()


async def test_a_repeat_has_the_same_message_id() -> None:
    async with a_mailbox() as mailbox, desk(mailbox) as service:
        mailbox.drop_answer = True
        with pytest.raises(Unreachable):
            await service.post(REPORT)
        assert await service.find("i-1a2b", NOW) is None
        await service.post(REPORT)
    assert len({mail["Message-ID"] for mail in mailbox.mails}) == 1


@pytest.mark.parametrize(
    "hostile", ["x\r\nBcc: all@ville.example", "x\nBcc: a@b\n\nhello", "x\u2028Bcc: a@b", "\r\n"]
)
async def test_nothing_that_is_said_becomes_a_header(hostile: str) -> None:
    async with a_mailbox() as mailbox, desk(mailbox) as service:
        await service.post(
            replace(REPORT, external_ref=f"i-1{hostile}", description=hostile, address=hostile)
        )
        await service.update(hostile, hostile, "REOPEN", NOW, hostile)
    for mail in mailbox.mails:
        assert mail["Bcc"] is None
        assert "Bcc" not in {name.title() for name in mail}
    assert sum(line.startswith("RCPT") for line in mailbox.lines) == 2


@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_a_password_goes_over_tls_only(tmp_path: Path, security: str) -> None:
    context, ca_file = tls_of(tmp_path)
    async with a_mailbox(context, at_once=security == "tls") as mailbox:
        mailbox.password = "s3cret"
        given = {"security": security, "ca_file": ca_file, "user": "falotier", "password": "s3cret"}
        async with desk(mailbox, **given) as service:
            await service.ping()
            await service.post(REPORT)
        assert len(mailbox.mails) == 1
        with pytest.raises(KeyRefused) as caught:
            await desk(mailbox, **{**given, "password": "wr0ng"}).post(REPORT)
        assert "wr0ng" not in str(caught.value)
        with pytest.raises(Unreachable, match="mail server"):
            await desk(mailbox, **{**given, "ca_file": None}).post(REPORT)


async def test_a_server_without_starttls_is_not_spoken_to_in_the_clear() -> None:
    async with a_mailbox() as mailbox:
        with pytest.raises(Outside):
            await desk(mailbox, security="starttls", user="falotier", password="s3cret").post(REPORT)
        assert not any(line.startswith(("AUTH", "MAIL")) for line in mailbox.lines)


@pytest.mark.parametrize(
    ("command", "answer", "kind"),
    [
        ("RCPT", "550 no such mailbox", Refused),
        ("RCPT", "450 come back later", Unreachable),
        ("MAIL", "421 too busy", Unreachable),
        ("MAIL", "553 not you", Refused),
        ("DATA", "554 looks like spam", Refused),
    ],
)
async def test_what_may_pass_is_unreachable_and_what_will_not_is_refused(
    command: str, answer: str, kind: type[Outside]
) -> None:
    async with a_mailbox() as mailbox, desk(mailbox) as service:
        mailbox.answers[command] = answer
        with pytest.raises(Outside, match=answer.split()[1]) as caught:
            await service.post(REPORT)
        assert type(caught.value) is kind


async def test_a_server_that_is_not_there_is_unreachable() -> None:
    with pytest.raises(Unreachable, match="mail server at 127"):
        await desk(Mailbox(port=free_port())).ping()


def test_an_authority_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"desk\.email\.ca_file"):
        desk(Mailbox(port=1), security="tls", ca_file=tmp_path / "none.pem")
