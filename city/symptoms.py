"""Symptoms: what a detector follows on one asset, from the first doubtful sample to the proven repair."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from city.confirmation import Confirmation, Rule, Step
from city.incidents import Cause, Evidence, Finding
from city.measurements import DeviceKind

_SAYS: Mapping[Step, Finding.Says] = MappingProxyType(
    {
        Step.SUSPECTED: Finding.Says.SUSPECTED,
        Step.CONFIRMED: Finding.Says.RAISED,
        Step.DOUBTED: Finding.Says.DOUBTED,
        Step.CLEARING: Finding.Says.CLEARING,
        Step.RELAPSED: Finding.Says.RELAPSED,
        Step.CLEARED: Finding.Says.CLEARED,
    }
)


class Symptom:
    """One cause on one asset. It costs next to nothing as long as there is no sign of it."""

    __slots__ = ("_confirmation", "asset", "cause", "kind", "rule")

    def __init__(self, cause: Cause, asset: str, kind: DeviceKind, rule: Rule) -> None:
        self.cause = cause
        self.asset = asset
        self.kind = kind
        self.rule = rule
        self._confirmation: Confirmation | None = None

    @property
    def present(self) -> bool:
        """Whether it is suspected or confirmed."""
        return self._confirmation is not None

    @property
    def suspected(self) -> bool:
        """Whether it was seen, but not for long enough."""
        return self._confirmation is not None and self._confirmation.suspected

    @property
    def confirmed(self) -> bool:
        """Whether it is believed."""
        return self._confirmation is not None and self._confirmation.confirmed

    def observe(self, evidence: Evidence, *, shows: bool, probable: bool = False) -> Finding | None:
        """Take one sample, with what was seen at its time; None when it changes nothing.

        ``probable`` when it is partial evidence.
        """
        confirmation = self._confirmation
        if confirmation is None:
            if not shows:
                return None
            confirmation = self._confirmation = Confirmation(self.rule)
        since = confirmation.since
        says = _SAYS.get(confirmation.observe(evidence.at, symptom=shows))
        if says in {Finding.Says.DOUBTED, Finding.Says.CLEARED}:
            self._confirmation = None
        else:
            since = confirmation.since
        return self._finding(says, since, evidence, probable=probable) if says else None

    def drop(self, evidence: Evidence) -> Finding | None:
        """Let go of a suspicion that can no longer be judged; what is confirmed stays."""
        if self._confirmation is None or self._confirmation.confirmed:
            return None
        since, self._confirmation = self._confirmation.since, None
        return self._finding(Finding.Says.DOUBTED, since, evidence)

    def restore(self, since: datetime, *, clearing: bool) -> None:
        """Go on from what was confirmed before a restart."""
        self._confirmation = Confirmation.restored(self.rule, since, clearing=clearing)

    def _finding(
        self, says: Finding.Says, since: datetime | None, evidence: Evidence, *, probable: bool = False
    ) -> Finding:
        at = evidence.at
        return Finding(says, self.cause, self.asset, self.kind, at, since or at, evidence, probable)
