"""What a trap tells of an access point, by the profiles: pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from drivers.snmp.codec import Value, text
from drivers.snmp.pdus import GENERIC_TRAPS, trap_oid
from drivers.snmp.profile import SnmpProfile, Trap

Says = Literal["ap_down", "ap_up", "radio_down", "radio_up", "ap_restarted", "link_down", "link_up"]
GENERIC: Mapping[str, Says] = {
    f"{GENERIC_TRAPS}.1": "ap_restarted",  # coldStart
    f"{GENERIC_TRAPS}.2": "ap_restarted",  # warmStart
    f"{GENERIC_TRAPS}.3": "link_down",
    f"{GENERIC_TRAPS}.4": "link_up",
}
"""What any device may tell of itself, RFC 3418 and RFC 2863."""
AUTHENTICATION_FAILURE = f"{GENERIC_TRAPS}.5"
MAC_OCTETS = 6


@dataclass(frozen=True, slots=True)
class Notice:
    """Something a device has told unasked. It proves nothing: a poll does."""

    source: str
    """The address that it came from: an access point's, or its controller's."""
    says: Says
    access_point: str | None
    """As the device names it, a MAC address as ``aa:bb:cc:dd:ee:ff``; None where it tells of itself."""
    profile: str | None
    """The one that knows this trap; None for those that any device may send."""


class Unknown(ValueError):
    """A trap that tells nothing of an access point; the text is one of a few."""


class TrapBook:
    """The traps of all profiles by their OID; where two profiles have the same one, the first."""

    def __init__(self, profiles: Iterable[SnmpProfile]) -> None:
        self._known: dict[str, tuple[str, Trap]] = {}
        for profile in profiles:
            for trap in profile.trap:
                for oid in _both_ways(trap.oid):
                    self._known.setdefault(oid, (profile.name, trap))

    def notice(self, source: str, bindings: Sequence[tuple[str, Value]]) -> Notice:
        """What a trap tells.

        Raises:
            Unknown: nothing that we know.
        """
        oid = trap_oid(bindings)
        if oid in self._known:
            profile, trap = self._known[oid]
            return Notice(source, trap.says, _named(trap, bindings), profile)
        if oid in GENERIC:
            return Notice(source, GENERIC[oid], None, None)
        if oid == AUTHENTICATION_FAILURE:
            raise Unknown("a device was asked with a wrong community or user")
        raise Unknown("a trap that no profile knows" if oid else "a trap that does not say which")


def _both_ways(oid: str) -> tuple[str, str]:
    """With and without the zero before the last arc.

    A trap of v1 is made one of v2 with it (RFC 3584, section 3.1); some vendors' MIBs define the same one without.
    """
    before, _, last = oid.rpartition(".")
    return oid, f"{before.removesuffix('.0')}.{last}" if before.endswith(".0") else f"{before}.0.{last}"


def _named(trap: Trap, bindings: Sequence[tuple[str, Value]]) -> str | None:
    for oid, value in bindings:
        if trap.ap is None or not f"{oid}.".startswith(f"{trap.ap}."):
            continue
        if trap.ap_is == "mac" and isinstance(value, bytes) and len(value) == MAC_OCTETS:
            return value.hex(":")
        return text(value) or None
    return None
