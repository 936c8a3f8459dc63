"""Who may tell us something over SNMP, and how informs are answered: pure but for the time it is."""

import secrets
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from drivers.snmp import ber, engines, pdus, secured, usm
from drivers.snmp.agents import Community, Credentials, User
from drivers.snmp.ber import Malformed
from drivers.snmp.pdus import Pdu
from drivers.snmp.secured import AUTH, PRIV, REPORTABLE, Envelope, Sender
from drivers.snmp.usm import Keys, Unreadable

ENGINE_PREFIX = b"\x80\x00\x00\x00\x05"
"""An SnmpEngineID of octets of our choice (RFC 3411, section 5); we have no enterprise number of our own."""
WINDOW_S = 150
"""How far a message's time may be from what we take it for, RFC 3414, section 2.2.3."""
MOST_ENGINES = 20_000
TELLS = frozenset({pdus.TRAP, pdus.TRAP_V1, pdus.INFORM})
NOT_IN_TIME = "a message from another time: it may be a copy of an old one"


class Unwelcome(ValueError):
    """Something that is not taken; the text is one of a few."""

    def __init__(self, why: str, answer: bytes | None = None) -> None:
        super().__init__(why)
        self.answer = answer
        """What to send back, so that the sender knows how to say it right."""


class Receiver:
    """Takes traps and informs from those who have our communities or our users' passwords.

    SNMPv3 binds a trap's keys to its sender's engine. They are made from the password for whichever engine a message
    names, so that no list of senders is needed; an engine is remembered once it has proven that it knows the
    password. For informs our own engine counts: it is a new one at each start, so that no copy of what was said to
    a former one can be believed; senders ask for it, as RFC 3414 has it.
    """

    def __init__(self, credentials: Sequence[Credentials]) -> None:
        self._communities = {each.name.encode() for each in credentials if isinstance(each, Community)}
        self._users = {each.name.encode(): each for each in credentials if isinstance(each, User)}
        self.engine = ENGINE_PREFIX + secrets.token_bytes(12)
        self._started = time.monotonic()
        self._reports: Counter[str] = Counter()
        self._clocks: dict[bytes, tuple[int, float]] = {}
        """By engine: how often it was started, and at which second of ours its clock stood at zero."""

    def take(self, datagram: bytes) -> tuple[Pdu, bytes | None]:
        """What is told, and what to send back, if anything.

        Raises:
            Unwelcome: it is not to be believed, or tells nothing.
            Malformed: it makes no sense.
        """
        version, at, end = pdus.opened(datagram)
        if version == pdus.V3:
            return self._take_secured(secured.read(datagram, at, end))
        if version not in {pdus.V1, pdus.V2C}:
            raise Unwelcome("an unknown version of SNMP")
        community, pdu = pdus.read_community_message(datagram, at, end)
        if community not in self._communities:
            raise Unwelcome("a trap with a wrong community")
        _tells(pdu)
        if pdu.kind != pdus.INFORM:
            return pdu, None
        _, at = ber.within(datagram, at, end, ber.OCTETS)
        return pdu, datagram[:at] + pdus.response_to(datagram, at, end)

    def _take_secured(self, envelope: Envelope) -> tuple[Pdu, bytes | None]:
        to_us = envelope.engine == self.engine
        if envelope.flags & REPORTABLE and not to_us:
            raise self._report(envelope, engines.UNKNOWN_ENGINE, "a question for our engine")
        user = self._users.get(envelope.user)
        if user is None:
            raise self._report(envelope, engines.UNKNOWN_USER, "a trap of an unknown user")
        own = usm.keys(user, envelope.engine)
        if _level(envelope) < _level_of(own):
            raise self._report(envelope, engines.UNSUPPORTED_LEVEL, "a trap less secured than its user")
        if own.auth_key:
            if not envelope.proven(own):
                raise self._report(
                    envelope, engines.WRONG_DIGEST, "a trap with a wrong authentication password"
                )
            self._in_time(envelope, own, to_us=to_us)
        try:
            told = envelope.content(own)
            pdu = told.pdu()
        except (Malformed, Unreadable) as error:
            if envelope.flags & PRIV:  # a wrong key makes nonsense of it
                raise self._report(
                    envelope, engines.DECRYPTION_ERROR, "a trap that cannot be decrypted"
                ) from error
            raise
        _tells(pdu)
        if pdu.kind != pdus.INFORM:
            return pdu, None
        whom = replace(self._as(user.name, own), context=told.context, context_engine=told.engine)
        response = pdus.response_to(told.data, told.at, told.end)
        return pdu, secured.write(response, envelope.message_id, whom, reportable=False)

    def _in_time(self, envelope: Envelope, own: Keys, *, to_us: bool) -> None:
        """RFC 3414, section 3.2, step 7: by our clock for what is said to us, else by the sender's as we know it."""
        if to_us:
            if envelope.boots != 1 or abs(envelope.time_s - self._now()) > WINDOW_S:
                raise self._report(envelope, engines.NOT_IN_TIME, NOT_IN_TIME, own)
            return
        began = time.monotonic() - envelope.time_s
        boots, known = self._clocks.get(envelope.engine, (0, began))
        if envelope.boots < boots or (envelope.boots == boots and began - known > WINDOW_S):
            raise Unwelcome(NOT_IN_TIME)
        if envelope.engine not in self._clocks and len(self._clocks) >= MOST_ENGINES:
            del self._clocks[next(iter(self._clocks))]
        self._clocks[envelope.engine] = (
            envelope.boots,
            min(began, known) if envelope.boots == boots else began,
        )

    def _report(self, envelope: Envelope, counter: str, why: str, own: Keys | None = None) -> Unwelcome:
        """Why a message is not taken, and the report of it, where its sender waits for one."""
        if not envelope.flags & REPORTABLE:
            return Unwelcome(why)
        self._reports[counter] += 1
        report = pdus.pdu(pdus.REPORT, envelope.message_id, pdus.counted(counter, self._reports[counter]))
        # A report is never encrypted; only that of a wrong time is proven, RFC 3414, section 3.2.
        keys = Keys(own.auth, own.priv, own.auth_key) if own else Keys("sha256", "aes128")
        whom = self._as(envelope.user.decode("utf-8", "replace"), keys)
        return Unwelcome(why, secured.write(report, envelope.message_id, whom, reportable=False))

    def _as(self, name: str, own: Keys) -> Sender:
        return Sender(name, own, self.engine, 1, self._now())

    def _now(self) -> int:
        return int(time.monotonic() - self._started)


def _tells(pdu: Pdu) -> None:
    if pdu.kind not in TELLS:
        raise Unwelcome("neither a trap nor an inform")


def _level(envelope: Envelope) -> int:
    return envelope.flags & (AUTH | PRIV)


def _level_of(own: Keys) -> int:
    return AUTH * bool(own.auth_key) | PRIV * bool(own.priv_key)
