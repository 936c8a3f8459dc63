"""Who stands behind an SNMP agent of the simulated city: an access point alone, or a controller of many."""

from datetime import datetime, timedelta
from typing import Any, NamedTuple, Protocol

from pysnmp.proto import rfc1902
from pysnmp.smi import error as smi_error

from city.clock import Clock
from fake_devices import wifi_controller_mib as controller_mib
from fake_devices.access_point_mib import (
    ADMIN,
    CLIENT_ENTRY,
    OFF,
    ON,
    PAST_CLIENTS,
    RADIO_ADMIN,
    RADIO_ENTRY,
    RESTART,
    Mib,
    mib_of,
    missing,
)
from fake_devices.access_points import AccessPoints, AccessPointState
from fake_devices.client_tables import client_table
from fake_devices.snmp_tables import Oid
from fake_devices.wifi_controller_mib import Listing

GATHERS_EVERY = timedelta(seconds=5)
"""A controller knows of its access points what they said at most so long ago."""


class Answer(NamedTuple):
    """One object."""

    name: Any
    """Its OID."""
    value: Any
    measured: bool
    """Whether it is one measurement for whoever asks, and not a name, a constant or one cell of many."""


class Look(Protocol):
    """What a device has to say at one instant."""

    def get(self, oid: Oid) -> Answer:
        """The object at exactly this OID; its value may be why there is none."""

    def after(self, oid: Oid) -> Answer | None:
        """The first object past an OID; none at the end."""


class Device(Protocol):
    """Whoever answers on a port."""

    @property
    def name(self) -> str:
        """The access point's or the controller's id."""

    def look(self) -> Look:
        """What it has to say now."""

    def write(self, oid: Oid, value: Any) -> None:
        """Do what a SET asks for.

        Raises:
            SmiError: it cannot, or not with this value.
        """


class _Alone:
    """What an access point says of itself at one instant."""

    def __init__(self, ap_id: str, state: AccessPointState) -> None:
        self._ap_id = ap_id
        self._state = state
        self._mib: Mib = mib_of(len(state.radios))

    def get(self, oid: Oid) -> Answer:
        found = self._mib.get(oid)
        if found is not None:
            return Answer(found.name, found.read(self._ap_id, self._state), found.measured)
        if oid[: len(CLIENT_ENTRY)] == CLIENT_ENTRY:
            clients = client_table(CLIENT_ENTRY, [(self._ap_id, self._state)])
            if clients.has(oid):
                return Answer(oid, clients.value(oid), measured=False)
        return Answer(oid, missing(oid), measured=False)

    def after(self, oid: Oid) -> Answer | None:
        found = self._mib.after(oid)
        if oid < PAST_CLIENTS and (found is None or tuple(found.name) > CLIENT_ENTRY):
            clients = client_table(CLIENT_ENTRY, [(self._ap_id, self._state)])
            if name := clients.after(oid):
                return Answer(rfc1902.ObjectName(name), clients.value(name), measured=False)
        if found is None:
            return None
        return Answer(found.name, found.read(self._ap_id, self._state), found.measured)


class AloneDevice:
    """An access point that speaks for itself."""

    def __init__(self, ap_id: str, access_points: AccessPoints, clock: Clock) -> None:
        self.name = ap_id
        self._access_points = access_points
        self._clock = clock

    def look(self) -> Look:
        """As it is now."""
        return _Alone(self.name, self._access_points.state(self.name, self._clock.now()))

    def write(self, oid: Oid, value: Any) -> None:
        """Restart it, or switch its radios."""
        at, radios = self._clock.now(), range(1, self._access_points.plan[self.name].radios + 1)
        if oid == RESTART:
            _only(oid, value, 1)
            self._access_points.restart(self.name, at)
        elif oid == ADMIN:
            self._access_points.switch_radios(self.name, radios, on=_switched(oid, value), at=at)
        elif oid[:-1] == (*RADIO_ENTRY, RADIO_ADMIN) and oid[-1] in radios:
            self._access_points.switch_radios(self.name, [oid[-1]], on=_switched(oid, value), at=at)
        else:
            raise smi_error.NotWritableError(name=oid, idx=0)


class _Gathered:
    """What a controller says of all its access points."""

    def __init__(self, listing: Listing, at: datetime) -> None:
        self.listing = listing
        self.at = at

    def get(self, oid: Oid) -> Answer:
        return Answer(oid, self.listing.get(oid), measured=False)

    def after(self, oid: Oid) -> Answer | None:
        found = self.listing.after(oid)
        return None if found is None else Answer(rfc1902.ObjectName(found[0]), found[1], measured=False)


class ControllerDevice:
    """A Wi-Fi controller that speaks for its access points."""

    def __init__(self, controller: str, access_points: AccessPoints, clock: Clock) -> None:
        self.name = controller
        self._access_points = access_points
        self._clock = clock
        self._booted_at = access_points.start
        self._last: _Gathered | None = None

    def look(self) -> Look:
        """As it is now, or was when it last asked its access points."""
        return self._gathered()

    def _gathered(self) -> _Gathered:
        now = self._clock.now()
        if self._last is None or not timedelta() <= now - self._last.at < GATHERS_EVERY:
            known = self._access_points
            listed = [(known.planned(ap), known.state(ap, now)) for ap in known.listed(self.name, now)]
            uptime_s = max((now - self._booted_at).total_seconds(), 0.0)
            self._last = _Gathered(Listing(self.name, uptime_s, listed), now)
        return self._last

    def write(self, oid: Oid, value: Any) -> None:
        """Restart one of its access points, or switch radios."""
        at, macs = self._clock.now(), controller_mib.MAC_ARCS
        ap_entry, radio_entry = controller_mib.AP_ENTRY, controller_mib.RADIO_ENTRY
        of_ap, of_radio = oid[: len(ap_entry)] == ap_entry, oid[: len(radio_entry)] == radio_entry
        row = oid[len(ap_entry) :]  # entries are of one length
        ap_id = self._gathered().listing.access_point(row[1 : 1 + macs]) if of_ap or of_radio else None
        if ap_id is None:
            raise smi_error.NotWritableError(name=oid, idx=0)
        radios = range(1, self._access_points.planned(ap_id).radios + 1)
        if of_ap and row[0] == controller_mib.AP_RESTART and len(row) == 1 + macs:
            _only(oid, value, 1)
            self._access_points.restart(ap_id, at)
        elif of_ap and row[0] == controller_mib.AP_ADMIN and len(row) == 1 + macs:
            self._access_points.switch_radios(ap_id, radios, on=_switched(oid, value), at=at)
        elif of_radio and row[0] == controller_mib.RADIO_ADMIN and row[1 + macs :] in [(n,) for n in radios]:
            self._access_points.switch_radios(ap_id, [row[-1]], on=_switched(oid, value), at=at)
        else:
            raise smi_error.NotWritableError(name=oid, idx=0)
        self._last = None


def _switched(oid: Oid, value: Any) -> bool:
    _only(oid, value, ON, OFF)
    return bool(value == ON)


def _only(oid: Oid, value: Any, *allowed: int) -> None:
    if not isinstance(value, rfc1902.Integer32 | rfc1902.Integer):
        raise smi_error.WrongTypeError(name=oid, idx=0)
    if value not in allowed:
        raise smi_error.WrongValueError(name=oid, idx=0)
