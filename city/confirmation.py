"""Confirmation with hysteresis: one bad sample is not an incident, and one good sample is not a repair."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Step(StrEnum):
    """What a sample changed."""

    NONE = "none"
    SUSPECTED = "suspected"
    CONFIRMED = "confirmed"
    DOUBTED = "doubted"
    """A suspicion that did not hold."""
    CLEARING = "clearing"
    RELAPSED = "relapsed"
    CLEARED = "cleared"


@dataclass(frozen=True, slots=True)
class Rule:
    """How much it takes to believe a symptom, and to believe that it is gone."""

    samples: int
    """Consecutive samples with the symptom, at least."""
    lasting: timedelta
    """Time between the first and the last of them, at least."""
    clear_samples: int
    """Consecutive samples without it before the symptom is believed gone."""
    clear_lasting: timedelta = timedelta()
    """Time between the first and the last of these, at least."""
    gap: timedelta = timedelta.max
    """Samples with the symptom that lie further apart than this are not consecutive."""


@dataclass(slots=True)
class Confirmation:
    """Follows one symptom of one asset through suspicion, confirmation and clearing."""

    rule: Rule
    confirmed: bool = False
    since: datetime | None = None
    """First sample of the present run with the symptom."""
    _run: int = 0
    _good: int = 0
    _good_since: datetime | None = None
    _last: datetime | None = None

    @classmethod
    def restored(cls, rule: Rule, since: datetime, *, clearing: bool) -> "Confirmation":
        """One that was confirmed before a restart; ``clearing`` when a good sample had been seen already."""
        return cls(rule, confirmed=True, since=since, _good=1 if clearing else 0)

    @property
    def suspected(self) -> bool:
        """Whether the symptom was seen, but not for long enough."""
        return self._run > 0 and not self.confirmed

    def observe(self, at: datetime, *, symptom: bool) -> Step:
        """Take one sample (its sampling time, and whether it shows the symptom)."""
        return self._with_symptom(at) if symptom else self._without_symptom(at)

    def _with_symptom(self, at: datetime) -> Step:
        if self.confirmed:
            relapsed, self._good, self._good_since = self._good > 0, 0, None
            return Step.RELAPSED if relapsed else Step.NONE
        if self._last is not None and at - self._last > self.rule.gap:
            self._run, self.since = 0, None
        self._run, self._last = self._run + 1, at
        if self.since is None:
            self.since = at
        if self._run >= self.rule.samples and at - self.since >= self.rule.lasting:
            self.confirmed, self._good = True, 0
            return Step.CONFIRMED
        return Step.SUSPECTED if self._run == 1 else Step.NONE

    def _without_symptom(self, at: datetime) -> Step:
        if not self.confirmed:
            doubted = self._run > 0
            self._run, self.since, self._last = 0, None, None
            return Step.DOUBTED if doubted else Step.NONE
        self._good += 1
        if self._good_since is None:
            self._good_since = at
        if self._good >= self.rule.clear_samples and at - self._good_since >= self.rule.clear_lasting:
            self.confirmed, self._run, self._good, self.since, self._last = False, 0, 0, None, None
            self._good_since = None
            return Step.CLEARED
        return Step.CLEARING if self._good == 1 else Step.NONE
