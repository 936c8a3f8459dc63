"""Access points whose counters count no more: what they show is old, and every figure made of it is wrong."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from city.incidents import Cause, Evidence, Finding
from city.measurements import DeviceKind, Metric
from city.symptoms import Symptom
from wifi.radios import MOVING, RadioWatch
from wifi.rules import FROZEN_FOR, FROZEN_METRICS, OTHERS_WITHIN, STILL_FOR, STUCK


class Stillness:
    """One access point, whose radios are followed elsewhere."""

    __slots__ = ("_stuck", "_stuck_at", "stuck")

    def __init__(self, access_point: str) -> None:
        self.stuck = Symptom(Cause.COUNTERS_STUCK, access_point, DeviceKind.ACCESS_POINT, STUCK)
        self._stuck: tuple[str, ...] = ()
        """The radios whose octets stand still; none: all that it says stands still, or it is not known any more."""
        self._stuck_at: datetime | None = None

    def judge(
        self, at: datetime, radios: Sequence[RadioWatch], others_moved_at: datetime | None
    ) -> Iterator[Finding]:
        """Look at its radios; ``others_moved_at`` is when any other access point of its place last moved."""
        if self.stuck.confirmed:
            if self._moves(radios) and (
                ended := self.stuck.observe(Evidence("counts_again", at), shows=False)
            ):
                yield ended
            return
        still = [radio for radio in radios if radio.still_for(at) >= STILL_FOR]
        others_move = others_moved_at is not None and at - others_moved_at <= OTHERS_WITHIN
        if not still and not (others_move and self._is_frozen(at, radios)):
            if self.stuck.suspected and (doubted := self.stuck.drop(Evidence("counts_again", at))):
                yield doubted
            return
        self._stuck, self._stuck_at = tuple(radio.id for radio in still), at
        seen = still or radios
        figures = {
            "still_s": max(
                (at - _changed(radio, octets=bool(still), at=at)).total_seconds() for radio in seen
            ),
            Metric.CLIENTS.value: sum(radio.values.get(Metric.CLIENTS, 0.0) for radio in seen),
        }
        rule = "octets_stand_still" if still else "all_stands_still"
        if finding := self.stuck.observe(Evidence(rule, at, figures), shows=True):
            yield finding

    def _moves(self, radios: Sequence[RadioWatch]) -> bool:
        """Whether what stood still moves again; clients that have left do not prove it."""
        since = self._stuck_at
        if self._stuck:
            of_them = [radio.moved_at for radio in radios if radio.id in self._stuck]
            return all(moved is not None and since is not None and moved > since for moved in of_them)
        moves = [radio.changed_at for radio in radios]
        return any(moved is not None and (since is None or moved > since) for moved in moves)

    @staticmethod
    def _is_frozen(at: datetime, radios: Sequence[RadioWatch]) -> bool:
        if not any(radio.values.get(Metric.CLIENTS, 0.0) > 0 for radio in radios):
            return False  # an empty place at night stands still by right
        told = {metric for radio in radios for metric in MOVING & radio.values.keys()}
        changes = [radio.unmoved_since for radio in radios if radio.unmoved_since is not None]
        return len(told) >= FROZEN_METRICS and bool(changes) and at - max(changes) >= FROZEN_FOR


def _changed(radio: RadioWatch, *, octets: bool, at: datetime) -> datetime:
    return at - radio.still_for(at) if octets else radio.unmoved_since or at
