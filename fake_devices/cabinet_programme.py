"""The astronomical programme that a cabinet runs alone, and when its relays close and open by it."""

from dataclasses import dataclass

from fake_devices.street_clock import Place

NO_CUT = 0xFFFF
NIGHTS_AHEAD = 2


@dataclass(frozen=True, slots=True)
class CircuitMode:
    """How one circuit is switched; offsets and times in minutes."""

    astronomical: bool = False
    sunset_offset: int = 0
    sunrise_offset: int = 0
    cut_from: int = NO_CUT
    """Minutes after local midnight at which the night cut opens the relay, or ``NO_CUT``."""
    cut_until: int = NO_CUT


@dataclass(frozen=True)
class CabinetProgramme:
    """What a cabinet holds. Instants are seconds since 1970 UTC by the cabinet's own clock."""

    place: Place
    modes: tuple[CircuitMode, ...]
    hash: int = 0
    """0: the factory programme."""

    def is_closed(self, circuit: int, instant: float) -> bool:
        """Whether the relay of a circuit (from 0) is to be closed."""
        mode = self.modes[circuit]
        if not mode.astronomical:
            return True
        night = self.place.night(instant)
        spans = self._spans(mode, night)
        if spans is None:
            return self.place.is_dark_all_day(night)
        (begin, end), cut = spans
        return begin <= instant < end and not (cut is not None and cut[0] <= instant < cut[1])

    def next_change(self, instant: float) -> float | None:
        """The first instant after this one at which any relay may move; None where all are permanently closed."""
        later = [
            at
            for mode in self.modes
            if mode.astronomical
            for night in range(self.place.night(instant), self.place.night(instant) + NIGHTS_AHEAD)
            for span in (self._spans(mode, night) or ())
            for at in (span or ())
            if at > instant
        ]
        return min(later, default=None)

    def _spans(
        self, mode: CircuitMode, night: int
    ) -> tuple[tuple[float, float], tuple[float, float] | None] | None:
        """When the circuit is closed in a night and when it is cut; None without a sunset or a sunrise."""
        sunset, sunrise = self.place.sun("sunset", night), self.place.sun("sunrise", night + 1)
        if sunset is None or sunrise is None:
            return None
        closed = (sunset + 60 * mode.sunset_offset, sunrise + 60 * mode.sunrise_offset)
        if NO_CUT in (mode.cut_from, mode.cut_until):
            return closed, None
        return closed, (self._in_night(night, mode.cut_from), self._in_night(night, mode.cut_until))

    def _in_night(self, night: int, minute: int) -> float:
        noon = 12 * 60
        return self.place.instant(night + (minute < noon), minute * 60)
