"""Who has fallen silent: one controller, a gateway with all that speak through it, or a cabinet with its lamps."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta

from city.incidents import Cause, Evidence, Finding
from city.measurements import DeviceKind
from city.symptoms import Symptom
from lighting.cabinets import CabinetWatch
from lighting.faults import LampWatch
from lighting.rules import FEWEST, QUIET_PERIODS, QUORUM, RULES, SILENT_PERIODS

WORTH_COUNTING = 0.1
"""With a smaller share of its lamps quiet, nobody asks whether a gateway is lost."""


class GatewayWatch:
    """One gateway: what it says of itself, and which of its lamps are quiet."""

    __slots__ = ("back_at", "lamps", "lost", "offline", "quiet")

    def __init__(self, gateway: str, lamps: Iterable[LampWatch]) -> None:
        self.lamps = tuple(lamps)
        self.quiet: dict[str, LampWatch] = {}
        self.lost = Symptom(Cause.GATEWAY_LOST, gateway, DeviceKind.GATEWAY, RULES[Cause.GATEWAY_LOST])
        self.offline: bool | None = None
        """As it says itself; None: it never spoke of it."""
        self.back_at: datetime | None = None

    def share_quiet(self, now: datetime) -> float:
        """How many of the lamps that should be heard are quiet, 0 to 1."""
        if len(self.quiet) < max(FEWEST, WORTH_COUNTING * len(self.lamps)):
            return 0.0
        fed = sum(lamp.circuit.fed_since(now, lamp.point.phase) is not None for lamp in self.lamps)
        return len(self.quiet) / fed if fed else 0.0


class SilenceWatch:
    """Looks at a lamp only when it might be silent, so that a city of talkative lamps costs nothing."""

    def __init__(
        self, lamps: Iterable[LampWatch], cabinets: Mapping[str, CabinetWatch], period: timedelta
    ) -> None:
        """``period`` is how often a powered lamp reports."""
        by_gateway: dict[str, list[LampWatch]] = {}
        self._lamps = tuple(lamps)
        for lamp in self._lamps:
            by_gateway.setdefault(lamp.point.gateway, []).append(lamp)
        self.gateways = {name: GatewayWatch(name, members) for name, members in by_gateway.items()}
        self._cabinets = cabinets
        self._lamps_of: dict[str, int] = {}
        for lamp in self._lamps:
            self._lamps_of[lamp.point.cabinet] = self._lamps_of.get(lamp.point.cabinet, 0) + 1
        self._period = period
        self._quiet_after = QUIET_PERIODS * period
        self._silent_after = SILENT_PERIODS * period
        self._due: dict[int, list[LampWatch]] = {}
        self._started_at: datetime | None = None

    def gateway(self, name: str, *, online: bool) -> None:
        """What a gateway says of itself."""
        if name in self.gateways:
            self.gateways[name].offline = not online

    def tick(self, now: datetime) -> Iterator[Finding]:
        """What the passing of time brings to light."""
        if self._started_at is None:
            self._started_at = now
            for lamp in self._lamps:
                self._look_again(lamp, now + self._quiet_after)
        for slot in sorted(slot for slot in self._due if slot <= _slot(now)):
            for lamp in self._due.pop(slot):
                self._check(lamp, now)
        for gateway in self.gateways.values():
            if gateway.quiet or gateway.offline or gateway.lost.present:
                yield from self._judge_gateway(gateway, now)
                yield from self._judge_quiet(gateway, now)

    def _look_again(self, lamp: LampWatch, at: datetime) -> None:
        self._due.setdefault(_slot(at) + 1, []).append(lamp)

    def _silent_since(self, lamp: LampWatch, now: datetime) -> datetime | None:
        """Since when a lamp should have been heard and was not; None while it need not be."""
        fed_since = lamp.circuit.fed_since(now, lamp.point.phase)
        if fed_since is None or self._started_at is None:
            return None
        since = max(lamp.heard_at, fed_since, self._started_at)
        back_at = self.gateways[lamp.point.gateway].back_at
        return since if back_at is None else max(since, back_at)

    def _check(self, lamp: LampWatch, now: datetime) -> None:
        since = self._silent_since(lamp, now)
        if since is None:
            self._look_again(lamp, now + self._quiet_after)
        elif now - since < self._quiet_after:
            self._look_again(lamp, since + self._quiet_after)
        else:
            self.gateways[lamp.point.gateway].quiet[lamp.point.id] = lamp

    def _judge_gateway(self, gateway: GatewayWatch, now: datetime) -> Iterator[Finding]:
        share = gateway.share_quiet(now)
        shows = bool(gateway.offline) or share >= QUORUM
        if not shows and not gateway.lost.present:
            return
        if not shows and share > 1 - QUORUM:
            return  # some of them are back: neither one nor the other
        rule = "gateway_offline" if gateway.offline else "quorum_silent" if shows else "answered"
        evidence = Evidence(rule, now, {"share_pct": round(100 * share, 1)})
        finding = gateway.lost.observe(evidence, shows=shows, probable=not gateway.offline)
        if finding is not None:
            if finding.says in {Finding.Says.CLEARED, Finding.Says.DOUBTED}:
                gateway.back_at = now
            yield finding

    def _judge_quiet(self, gateway: GatewayWatch, now: datetime) -> Iterator[Finding]:
        """Its quiet lamps, one by one; while the gateway itself may be lost nothing is held against them."""
        for name, lamp in list(gateway.quiet.items()):
            since, symptom = self._silent_since(lamp, now), lamp.silent
            if symptom is not None and symptom.present:
                if now - lamp.heard_at < self._quiet_after:
                    finding = symptom.observe(Evidence("answered", now), shows=False)
                    if finding is not None:
                        yield finding
            elif since is None or now - since < self._quiet_after:
                del gateway.quiet[name]
                self._look_again(lamp, now + self._quiet_after)
            elif now - since >= self._silent_after and not self._is_explained(gateway, lamp):
                figures = {"silent_s": (now - since).total_seconds()}
                finding = lamp.symptom(Cause.CONTROLLER_SILENT).observe(
                    Evidence("silent_for", now, figures), shows=True
                )
                if finding is not None:
                    yield finding

    def _is_explained(self, gateway: GatewayWatch, lamp: LampWatch) -> bool:
        """Whether the silence of a lamp is its gateway's or its cabinet's."""
        return gateway.lost.present or self._cabinets[lamp.point.cabinet].silent.present

    def with_cabinet(self, cabinet: CabinetWatch, at: datetime) -> Iterator[Finding]:
        """A cabinet that does not answer and has fallen silent together with its lamps has lost its supply."""
        quiet = sum(
            lamp.point.cabinet == cabinet.id
            for gateway in self.gateways.values()
            if not gateway.lost.present
            for lamp in gateway.quiet.values()
        )
        if quiet < max(FEWEST, QUORUM * self._lamps_of.get(cabinet.id, 0)):
            return
        evidence = Evidence("quorum_silent", at, {"lamps_concerned": float(quiet)})
        finding = cabinet.supply.observe(evidence, shows=True, probable=True)
        if finding is not None:
            yield finding


def _slot(at: datetime) -> int:
    """The minute of an instant."""
    return int(at.timestamp() // 60)
