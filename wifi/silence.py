"""Who is gone: one access point, all of a place, or a controller with all that it speaks for. Told once, as one cause.

A larger cause wins: a controller over a place, a place over an access point. While a larger one is possible nothing
is said of the smaller for a while; once it is over, whoever is still gone is judged on its own.
"""

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from city.incidents import Cause, Evidence, Finding, Incident, State
from wifi.inventory import AccessPoint, Inventory
from wifi.pulse import ANSWERED, Pulse
from wifi.rules import ANSWERS
from wifi.together import Group

TOLD_DOWN = "ap_down"
TOLD_UP = "ap_up"

Said = tuple[Finding, tuple[str, ...]]
"""A finding, and the access points that follow from it."""


class SilenceWatch:
    """All access points of a city, with their places and controllers."""

    def __init__(self, inventory: Inventory, period: timedelta) -> None:
        self.pulses = {name: Pulse(name, period) for name in inventory.access_points}
        self._controllers = self._groups(Cause.WIFI_CONTROLLER_LOST, inventory.by_controller, period)
        self._places = self._groups(Cause.BACKHAUL_DOWN, inventory.by_hotspot, period)
        self._groups_of: dict[str, tuple[Group, ...]] = {
            name: tuple(
                group
                for group in (
                    self._controllers.get(access_point.controller),
                    self._places.get(access_point.hotspot),
                )
                if group is not None
            )
            for name, access_point in inventory.access_points.items()
        }
        """The larger first."""
        self.waiting: dict[str, Pulse] = {}
        """Those that are believed to be down, and of which nothing has been said yet."""

    def _groups(
        self, cause: Cause, members: Mapping[str, Iterable[AccessPoint]], period: timedelta
    ) -> dict[str, Group]:
        return {
            name: Group(cause, name, [self.pulses[each.id] for each in of_it], period)
            for name, of_it in members.items()
        }

    def take(self, pulse: Pulse, at: datetime, rule: str, uptime_s: float | None = None) -> Iterator[Said]:
        """What one poll means; ``rule`` is what it showed (``wifi.pulse``)."""
        outage = at - pulse.fell_at if pulse.was_out and pulse.fell_at is not None else None
        finding = pulse.take(at, rule)
        groups = self._groups_of[pulse.id]
        for group in groups:
            group.hear(pulse, at, rule)
        if finding is not None:
            yield from self._moved(pulse, finding)
        if rule == ANSWERED:
            yield from self._steadied(pulse, at, pulse.steady.answered(at, uptime_s, outage=outage))
        else:
            pulse.alone = pulse.alone or not any(group.may_be_gone(pulse) for group in groups)
            if pulse.was_out:
                pulse.steady.out(at)
        for group in groups:
            yield from self._judge(group, pulse, at)
        concerned = {each.id: each for group in groups for each in group.waiting.values()}
        yield from self._release(concerned.values() if rule == ANSWERED else [pulse], at)

    def told(self, pulse: Pulse, at: datetime, says: str) -> None:
        """A trap said something of an access point: only a poll proves it."""
        if says == TOLD_DOWN and (pulse.seen_at is None or at > pulse.seen_at):
            pulse.told_at = at
        elif says == TOLD_UP:
            pulse.told_at = None

    def tick(self, now: datetime) -> Iterator[Said]:
        """What the passing of time brings to light."""
        for pulse in self.pulses.values():
            yield from self._steadied(pulse, now, pulse.steady.calm(now))
        yield from self._release(list(self.waiting.values()), now)

    def _moved(self, pulse: Pulse, finding: Finding) -> Iterator[Said]:
        """It is believed to be down, or no longer: only the second is said at once."""
        if finding.says is not Finding.Says.RAISED:
            if finding.says is Finding.Says.CLEARED:
                pulse.raised = False
                self._wait_no_more(pulse)
            yield finding, ()
            return
        lost = next((group for group in self._groups_of[pulse.id] if group.symptom.confirmed), None)
        if lost is None:
            pulse.pending = finding
            for waiting in self._lists_of(pulse):
                waiting[pulse.id] = pulse
        else:
            lost.children = (*lost.children, pulse.id)
            yield replace(finding, says=Finding.Says.DOUBTED), ()

    def _steadied(self, pulse: Pulse, at: datetime, findings: Iterable[Finding]) -> Iterator[Said]:
        for finding in findings:
            yield finding, ()
            if finding.cause is Cause.AP_FLAPPING and finding.says is Finding.Says.RAISED:
                yield from self._part_of_more(pulse, at)
                self._begin_anew(pulse)

    def _judge(self, group: Group, pulse: Pulse, at: datetime) -> Iterator[Said]:
        finding = group.judge(pulse, at, self._is_explained(group), self._is_held(group))
        if finding is None:
            return
        if finding.says is Finding.Says.RAISED:
            yield finding, group.children
            yield from self._take_over(group, at)
            return
        yield finding, ()
        for child in group.is_over():
            if child.answers < ANSWERS:
                self._begin_anew(child)
                child.settle(at, with_place=group.cause is Cause.WIFI_CONTROLLER_LOST)

    def _is_explained(self, group: Group) -> Callable[[Pulse], bool]:
        """Whether a larger cause than a group's has taken an access point down."""
        return lambda pulse: any(each.symptom.confirmed for each in self._larger(group, pulse))

    def _is_held(self, group: Group) -> Callable[[Pulse], bool]:
        """Whether a larger cause than a group's may have."""
        return lambda pulse: any(each.may_be_gone(pulse) for each in self._larger(group, pulse))

    def _larger(self, group: Group, pulse: Pulse) -> Iterator[Group]:
        return itertools.takewhile(lambda each: each is not group, self._groups_of[pulse.id])

    def _smaller(self, group: Group, pulse: Pulse) -> Iterator[Group]:
        groups = self._groups_of[pulse.id]
        return itertools.islice(groups, groups.index(group) + 1, None)

    def _take_over(self, group: Group, at: datetime) -> Iterator[Said]:
        """What was said of a part is not said any more beside what is said of the whole."""
        for name in group.children:
            pulse = self.pulses[name]
            yield from self._part_of_more(pulse, at)
            for smaller in self._smaller(group, pulse):
                is_part = smaller.children and set(smaller.children) <= set(group.children)
                if is_part and smaller.symptom.confirmed and (ended := smaller.absorbed(at)):
                    yield ended, ()

    def _part_of_more(self, pulse: Pulse, at: datetime) -> Iterator[Said]:
        if pulse.raised or pulse.pending is not None:
            says = Finding.Says.CLEARED if pulse.raised else Finding.Says.DOUBTED
            pulse.raised = False
            self._wait_no_more(pulse)
            down, since = pulse.down, pulse.fell_at or at
            yield (
                Finding(says, down.cause, down.asset, down.kind, at, since, Evidence("part_of_more", at)),
                (),
            )

    def _begin_anew(self, pulse: Pulse) -> None:
        self._wait_no_more(pulse)
        pulse.begin_anew()
        for group in self._groups_of[pulse.id]:
            group.note(pulse)

    def _wait_no_more(self, pulse: Pulse) -> None:
        pulse.pending = None
        for waiting in self._lists_of(pulse):
            waiting.pop(pulse.id, None)

    def _lists_of(self, pulse: Pulse) -> Iterator[dict[str, Pulse]]:
        yield self.waiting
        for group in self._groups_of[pulse.id]:
            yield group.waiting

    def _release(self, pulses: Iterable[Pulse], at: datetime) -> Iterator[Said]:
        """Say of those that are down what nothing larger explains in time."""
        for pulse in pulses:
            if pulse.pending is None or pulse.answers or self._is_too_early(pulse, pulse.pending.at, at):
                continue
            finding, pulse.raised = replace(pulse.pending, at=at), True
            self._wait_no_more(pulse)
            yield finding, ()
            for ended in pulse.steady.stays_down(at):
                yield ended, ()

    def _is_too_early(self, pulse: Pulse, believed_at: datetime, at: datetime) -> bool:
        if pulse.fell_at is not None and at - pulse.fell_at < pulse.steady.patience(at):
            return True
        if pulse.settles_at is not None and at < pulse.settles_at:
            return True
        return any(group.holds(pulse, believed_at, at) for group in self._groups_of[pulse.id])

    def restore(self, incident: Incident) -> None:
        """Go on from an incident that stood before a restart, or was dismissed and whose symptom may last."""
        clearing = incident.state is State.CLEARING
        group = {
            Cause.BACKHAUL_DOWN: self._places,
            Cause.WIFI_CONTROLLER_LOST: self._controllers,
        }.get(incident.cause, {}).get(incident.asset)
        if group is not None:
            group.restore(incident.since, incident.suppressed, clearing=clearing)
        pulse = self.pulses.get(incident.asset)
        if pulse is None:
            return
        if incident.cause is Cause.AP_DOWN:
            pulse.restore(incident.since, clearing=clearing, raised=True)
            for each in self._groups_of[pulse.id]:
                each.take_up(pulse)
        for symptom in (pulse.steady.flapping, pulse.steady.rebooting):
            if symptom.cause is incident.cause:
                symptom.restore(incident.since, clearing=clearing)
