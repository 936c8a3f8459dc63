"""Cabinets, judged: their supply and phases, who is at work on them, their clock, and whether they answer."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from city.incidents import Cause, Evidence, Finding
from city.measurements import DeviceKind, Metric, Reading
from city.symptoms import Symptom
from lighting.rules import ABSENT_V, CLOCK_S, PRESENT_V, RULES, SAG_OVER_V, SAG_V

GRACE = timedelta(minutes=15)
"""How long lamps are left alone after power is back or people have gone: they boot, warm up and report."""

LONGEST_WORK = timedelta(hours=12)
"""A door open for longer, or a local mode unconfirmed for longer, is nobody at work any more."""

MAINS: Mapping[str, Metric] = {
    "L1": Metric.VOLTAGE_L1,
    "L2": Metric.VOLTAGE_L2,
    "L3": Metric.VOLTAGE_L3,
}


class CabinetWatch:
    """What a cabinet says of itself, which also decides whether its circuits and lamps may be judged."""

    __slots__ = ("_door_open_since", "_free_from", "_local", "_phase_back_from", "clock", "door", "id", "left_local",
                 "phases", "sag", "seen_at", "silent", "supply")  # fmt: skip

    def __init__(self, cabinet: str) -> None:
        def symptom(cause: Cause, asset: str = cabinet, kind: DeviceKind = DeviceKind.CABINET) -> Symptom:
            return Symptom(cause, asset, kind, RULES[cause])

        self.id = cabinet
        self.seen_at: datetime | None = None
        self.supply = symptom(Cause.CABINET_SUPPLY_LOSS)
        self.phases = {
            phase: symptom(Cause.PHASE_LOST, f"{cabinet}/{phase}", DeviceKind.PHASE) for phase in MAINS
        }
        self.sag = symptom(Cause.VOLTAGE_SAG)
        self.silent = symptom(Cause.CABINET_SILENT)
        self.left_local = symptom(Cause.LOCAL_OVERRIDE)
        self.door = symptom(Cause.DOOR_OPEN)
        self.clock = symptom(Cause.CLOCK_DRIFT)
        self._local = False
        self._door_open_since: datetime | None = None
        self._free_from: datetime | None = None
        self._phase_back_from: dict[str, datetime] = {}

    @property
    def symptoms(self) -> tuple[Symptom, ...]:
        """All that it may have."""
        own = (self.supply, self.sag, self.silent, self.left_local, self.door, self.clock)
        return (*own, *self.phases.values())

    @property
    def in_local(self) -> bool:
        """Whether its relays are the front panel's."""
        return self._local

    @property
    def sags(self) -> bool:
        """Whether its own meter sees the voltage that its lamps miss."""
        return self.sag.present

    def is_fed(self, phase: str) -> bool:
        """Whether a phase has voltage, as far as is known."""
        return not (self.supply.present or self.phases[phase].present)

    def observe(self, reading: Reading) -> Iterator[Finding]:
        """Take a reading; one that is not newer than the last is ignored."""
        at, values = reading.at, reading.values
        if self.seen_at is not None and at <= self.seen_at:
            return
        was_at_work = self.at_work(at)
        self.seen_at = at
        self._local = bool(values.get(Metric.LOCAL_OVERRIDE, self._local))
        door_open = values.get(Metric.DOOR_OPEN, 0.0) > 0
        self._door_open_since = (self._door_open_since or at) if door_open else None
        if was_at_work and not self.at_work(at):
            self._free_from = at + GRACE
        yield from self._told(self.silent, "answered", at, {}, shows=False)
        yield from self._judge_mains(at, values)
        yield from self._judge_people(at, values, door_open=door_open)
        error = values.get(Metric.CLOCK_ERROR)
        if error is not None:
            figures = {Metric.CLOCK_ERROR.value: error}
            yield from self._told(self.clock, "clock_off", at, figures, shows=abs(error) > CLOCK_S)

    def missed(self, at: datetime) -> Iterator[Finding]:
        """A poll was not answered."""
        figures = {"silent_s": (at - self.seen_at).total_seconds()} if self.seen_at else {}
        yield from self._told(self.silent, "cabinet_unanswered", at, figures, shows=True)

    def at_work(self, at: datetime) -> bool:
        """Whether people are at work on it: local mode, or the door open (for a working day at most)."""
        if self._local and not self.left_local.confirmed:
            return self.seen_at is not None and at - self.seen_at < LONGEST_WORK
        return self._door_open_since is not None and at - self._door_open_since < LONGEST_WORK

    def unsettled(self, at: datetime) -> bool:
        """Whether people are at work, or have only just gone."""
        return self.at_work(at) or (self._free_from is not None and at < self._free_from)

    def unfed(self, at: datetime, phase: str) -> bool:
        """Whether a lamp on a phase may be dark for want of it, or has it back only just now."""
        if self.supply.present or self.phases[phase].present:
            return True
        back = self._phase_back_from.get(phase)
        return back is not None and at < back

    def _judge_mains(self, at: datetime, values: Mapping[Metric, float]) -> Iterator[Finding]:
        volts = {phase: values[metric] for phase, metric in MAINS.items() if metric in values}
        if not volts:
            return
        figures = {MAINS[phase].value: value for phase, value in volts.items()}
        alive = max(volts.values()) > PRESENT_V
        gone = max(volts.values()) < ABSENT_V
        if alive or gone:
            yield from self._fed_again(
                self._told(self.supply, "meter_voltage_zero", at, figures, shows=gone), *MAINS
            )
        for phase, value in volts.items():
            if alive and (value < ABSENT_V or value > PRESENT_V):
                shows = value < ABSENT_V
                yield from self._fed_again(
                    self._told(self.phases[phase], "phase_voltage_zero", at, figures, shows=shows), phase
                )
        lowest = min((value for value in volts.values() if value > ABSENT_V), default=None)
        if lowest is not None and (lowest < SAG_V or lowest > SAG_OVER_V):
            yield from self._told(self.sag, "voltage_low", at, figures, shows=lowest < SAG_V)

    def _fed_again(self, findings: Iterator[Finding], *phases: str) -> Iterator[Finding]:
        """Leave the lamps of some phases alone for a while once these are no longer held to be dead."""
        for finding in findings:
            if finding.says in {Finding.Says.DOUBTED, Finding.Says.CLEARED}:
                self._phase_back_from |= dict.fromkeys(phases, finding.at + GRACE)
            yield finding

    def _judge_people(
        self, at: datetime, values: Mapping[Metric, float], *, door_open: bool
    ) -> Iterator[Finding]:
        """A key left in local, or a door left open, with nobody there any more."""
        figures = {
            metric.value: values[metric]
            for metric in (Metric.LOCAL_OVERRIDE, Metric.DOOR_OPEN)
            if metric in values
        }
        if not (self._local and door_open):
            yield from self._told(self.left_local, "local_mode_left", at, figures, shows=self._local)
            yield from self._told(self.door, "door_left_open", at, figures, shows=door_open)
            return
        for symptom in (self.left_local, self.door):
            if symptom.suspected and (finding := symptom.drop(Evidence("people_at_work", at, figures))):
                yield finding

    @staticmethod
    def _told(
        symptom: Symptom, rule: str, at: datetime, figures: Mapping[str, float], *, shows: bool
    ) -> Iterator[Finding]:
        if not shows and not symptom.present:
            return
        evidence = Evidence(rule if shows else "answered", at, figures)
        if (finding := symptom.observe(evidence, shows=shows)) is not None:
            yield finding
