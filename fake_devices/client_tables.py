"""The tables of clients that real access points and controllers hold: who is there, by address and user name.

They are what a head-end must never read. All of them are invented, and the same for the same seed of names: made up
when somebody walks the table, so that they cost nothing until then.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from hashlib import blake2s
from typing import NamedTuple

from pysnmp.proto import rfc1902

from fake_devices.access_points import AccessPointState
from fake_devices.snmp_tables import Oid, Table

FIRST_NAMES = (
    "amandine", "bastien", "camille", "denise", "emir", "fatima", "gilles", "hortense", "idriss", "jeanne",
    "kevin", "lucie", "mehdi", "nadia", "olivier", "paulette",
)  # fmt: skip
LAST_NAMES = (
    "schmitt", "muller", "benali", "kayser", "haas", "weber", "traore", "dietrich", "nguyen", "fischer",
    "moreau", "yilmaz", "baumann", "keller", "simon", "zimmermann",
)  # fmt: skip
LOCAL = 0x02
"""In the first octet of a MAC address: drawn by the device itself, as telephones do."""
COLUMNS = (1, 2, 3, 4, 5)
"""MAC address, IP address, user name, access point, radio."""


class Client(NamedTuple):
    """Somebody who is on the air. Nothing of this is ever measured."""

    mac: bytes
    ip: bytes
    user: str
    access_point: str
    radio: int


def identities(ap_id: str, state: AccessPointState) -> Iterator[tuple[str, str, str]]:
    """Everybody who is on an access point's air: MAC address (``02:…``), IP address, user name."""
    for client in clients_of([(ap_id, state)]):
        yield client.mac.hex(":"), ".".join(map(str, client.ip)), client.user


def clients_of(there: Sequence[tuple[str, AccessPointState]]) -> tuple[Client, ...]:
    """Everybody on the air of some access points, in the order of their MAC addresses."""
    return _clients(
        tuple(
            (ap_id, tuple((radio.number, radio.clients) for radio in state.radios)) for ap_id, state in there
        )
    )


@lru_cache(maxsize=64)
def _clients(counts: tuple[tuple[str, tuple[tuple[int, int], ...]], ...]) -> tuple[Client, ...]:
    found = {
        client.mac: client
        for ap_id, radios in counts
        for radio, clients in radios
        for client in (_client(ap_id, radio, number) for number in range(clients))
    }
    return tuple(found[mac] for mac in sorted(found))


@lru_cache(maxsize=20_000)
def _client(ap_id: str, radio: int, number: int) -> Client:
    drawn = blake2s(f"{ap_id}/{radio}/client {number}".encode(), digest_size=12).digest()
    mac = bytes((drawn[0] & 0xFC | LOCAL, *drawn[1:6]))
    first, last = FIRST_NAMES[drawn[9] % len(FIRST_NAMES)], LAST_NAMES[drawn[10] % len(LAST_NAMES)]
    user = f"{first}.{last}{int.from_bytes(drawn[10:12])}"
    return Client(mac, bytes((10, drawn[6], drawn[7], drawn[8])), user, ap_id, radio)


def client_table(entry: Oid, there: Sequence[tuple[str, AccessPointState]]) -> Table:
    """The table of clients of some access points, one row for each, by MAC address."""
    clients = {tuple(client.mac): client for client in clients_of(there)}

    def read(column: int, index: Oid) -> object:
        client = clients[index]
        match column:
            case 1:
                return rfc1902.OctetString(client.mac)
            case 2:
                return rfc1902.IpAddress(client.ip)
            case 3:
                return rfc1902.OctetString(client.user.encode())
            case 4:
                return rfc1902.OctetString(client.access_point.encode())
        return rfc1902.Integer32(client.radio)

    return Table(entry, COLUMNS, list(clients), read)
