"""Messages of SNMPv3, with the user-based security model around their PDU (RFC 3412, RFC 3414)."""

import hmac
from dataclasses import dataclass
from typing import NamedTuple

from drivers.snmp import ber, pdus
from drivers.snmp.ber import Malformed
from drivers.snmp.pdus import Pdu
from drivers.snmp.usm import Keys, Unreadable

LARGEST_MESSAGE = 65_507
"""msgMaxSize: what one datagram of UDP over IPv4 can hold."""
USM = 3
"""msgSecurityModel."""
AUTH, PRIV, REPORTABLE = 1, 2, 4
"""Bits of msgFlags."""
LONGEST_ENGINE = 32
"""Octets of an SnmpEngineID, RFC 3411."""
LARGEST_TIME = 2_147_483_647
"""Of engineBoots and engineTime, RFC 3414, section 2.2."""


class Scoped(NamedTuple):
    """A PDU, and of which engine and context it speaks."""

    data: bytes
    at: int
    end: int
    engine: bytes
    context: bytes

    def pdu(self) -> Pdu:
        """What it says. Raises Malformed."""
        return pdus.read_pdu(self.data, self.at, self.end)


@dataclass(frozen=True, slots=True)
class Envelope:
    """A message as it came: its PDU is to be believed once the digest has been verified, not before."""

    data: bytes
    message_id: int
    flags: int
    engine: bytes
    """The authoritative one's id: that of an agent for what it answers and tells."""
    boots: int
    time_s: int
    user: bytes
    digest_at: int
    digest_octets: int
    salt: bytes
    scoped_at: int
    """Where the scoped PDU, or what it was encrypted to, stands."""
    end: int

    def proven(self, keys: Keys) -> bool:
        """Whether the digest is that of somebody who has the key."""
        if not self.flags & AUTH or self.digest_octets != keys.digest_octets or not keys.auth_key:
            return False
        stop = self.digest_at + self.digest_octets
        zeroed = self.data[: self.digest_at] + bytes(self.digest_octets) + self.data[stop:]
        return hmac.compare_digest(keys.digest(zeroed), self.data[self.digest_at : stop])

    def content(self, keys: Keys) -> Scoped:
        """What it carries.

        Raises:
            Malformed: it carries nothing that makes sense.
            Unreadable: it is encrypted, and not in the way of these keys.
        """
        data, at, end = self.data, self.scoped_at, self.end
        if self.flags & PRIV:
            if not keys.priv_key:
                raise Unreadable("not encrypted as expected")
            secret, _ = ber.octets(data, at, end)
            data = keys.decrypt(secret, self.salt, self.boots, self.time_s)
            at, end = 0, len(data)
        at, end = ber.within(data, at, end, ber.SEQUENCE)
        engine, at = ber.octets(data, at, end)
        context, at = ber.octets(data, at, end)
        return Scoped(data, at, end, engine, context)


def read(data: bytes, at: int, end: int) -> Envelope:
    """A message of SNMPv3, from after its version. Raises Malformed."""
    inner, stop = ber.within(data, at, end, ber.SEQUENCE)
    message_id, inner = ber.whole(data, inner, stop)
    _, inner = ber.whole(data, inner, stop)
    flags, inner = ber.octets(data, inner, stop)
    model, _ = ber.whole(data, inner, stop)
    if len(flags) != 1 or model != USM or flags[0] & (AUTH | PRIV) == PRIV:
        raise Malformed("a security model that we do not speak")
    inner, scoped_at = ber.within(data, stop, end, ber.OCTETS)
    inner, stop = ber.within(data, inner, scoped_at, ber.SEQUENCE)
    engine, inner = ber.octets(data, inner, stop)
    boots, inner = ber.whole(data, inner, stop)
    time_s, inner = ber.whole(data, inner, stop)
    user, inner = ber.octets(data, inner, stop)
    digest_at, digest_end = ber.within(data, inner, stop, ber.OCTETS)
    salt, _ = ber.octets(data, digest_end, stop)
    if len(engine) > LONGEST_ENGINE or not 0 <= boots <= LARGEST_TIME or not 0 <= time_s <= LARGEST_TIME:
        raise Malformed("security parameters that make no sense")
    return Envelope(
        data, message_id, flags[0], engine, boots, time_s, user, digest_at, digest_end - digest_at, salt,
        scoped_at, end,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sender:
    """As whom a message is written, and to (or, for what an agent tells, from) which engine."""

    name: str
    keys: Keys
    engine: bytes
    boots: int
    time_s: int
    context: bytes = b""
    context_engine: bytes | None = None
    """Of which engine the PDU speaks, where that is another."""


def write(pdu: bytes, message_id: int, sender: Sender, *, reportable: bool) -> bytes:
    """A message as secured as the keys allow; ``reportable``: its receiver may say what is wrong with it."""
    keys = sender.keys
    content = ber.wrap(
        ber.SEQUENCE,
        ber.wrap(ber.OCTETS, sender.engine if sender.context_engine is None else sender.context_engine)
        + ber.wrap(ber.OCTETS, sender.context)
        + pdu,
    )
    salt = b""
    if keys.priv_key:
        secret, salt = keys.encrypt(content, sender.boots, sender.time_s)
        content = ber.wrap(ber.OCTETS, secret)
    flags = REPORTABLE * reportable | AUTH * bool(keys.auth_key) | PRIV * bool(keys.priv_key)
    after_digest = ber.wrap(ber.OCTETS, salt)
    security = ber.wrap(
        ber.SEQUENCE,
        ber.wrap(ber.OCTETS, sender.engine)
        + ber.integer(sender.boots)
        + ber.integer(sender.time_s)
        + ber.wrap(ber.OCTETS, sender.name.encode())
        + ber.wrap(ber.OCTETS, bytes(keys.digest_octets))
        + after_digest,
    )
    message = ber.wrap(
        ber.SEQUENCE,
        ber.integer(pdus.V3)
        + ber.wrap(
            ber.SEQUENCE,
            ber.integer(message_id)
            + ber.integer(LARGEST_MESSAGE)
            + ber.wrap(ber.OCTETS, bytes((flags,)))
            + ber.integer(USM),
        )
        + ber.wrap(ber.OCTETS, security)
        + content,
    )
    if not keys.auth_key:
        return message
    stop = len(message) - len(content) - len(after_digest)
    return message[: stop - keys.digest_octets] + keys.digest(message) + message[stop:]
