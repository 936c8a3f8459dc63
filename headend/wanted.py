"""What every controller should hold tonight: the light plan, compiled once for all controllers that are alike."""

import logging
from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from city.errors import BadInput
from headend.plan import Plan
from lighting.cabinet_programmes import CabinetProgramme, cabinet_programme
from lighting.inventory import Inventory, LightPoint
from lighting.lamp_programmes import LampProgramme, lamp_programme
from lighting.limits import SIMPLEST, LampLimits

log = logging.getLogger(__name__)


class ForLamp(NamedTuple):
    """What a lamp controller should hold, or why there is nothing that it could: then it keeps what it has."""

    programme: LampProgramme | None
    why: str = ""


class Wanted:
    """The plan as each controller takes it. Who cannot follow keeps what it holds, which is never darkness."""

    def __init__(
        self, inventory: Inventory, plan: Plan, limits: Mapping[str, LampLimits], tonight: date
    ) -> None:
        """Compile for the cabinets; for the lamps, once it is asked for.

        Args:
            inventory: who there is.
            plan: what the city should do.
            limits: what each gateway's controllers can do, as announced; it may change at any time.
            tonight: the night from which on dated entries are needed.
        """
        self.light_plan = plan.light_plan
        self.default = plan.light_plan.default
        """The calendar of whoever follows no other."""
        self.tonight = tonight
        self._calendar_of = plan.calendar_of
        self._site = plan.site
        self._limits = limits
        self._lamps: dict[tuple[str, LampLimits], ForLamp] = {}
        self.cabinets: dict[str, CabinetProgramme] = {}
        self.cabinet_refusals: dict[str, str] = {}
        """Why a cabinet could not follow."""
        self._compile_cabinets(inventory)

    def calendar(self, point: LightPoint) -> str:
        """The calendar that a light point follows."""
        return self._calendar_of[point.id]

    def lamp(self, point: LightPoint) -> ForLamp:
        """What one lamp controller should hold, within what its gateway last announced."""
        calendar = self._calendar_of[point.id]
        limits = self._limits.get(point.gateway, SIMPLEST)
        found = self._lamps.get((calendar, limits))
        if found is None:
            found = self._lamps[calendar, limits] = self._compile(calendar, limits)
        return found

    def _compile(self, calendar: str, limits: LampLimits) -> ForLamp:
        try:
            return ForLamp(lamp_programme(self.light_plan, calendar, self._site, limits, self.tonight))
        except BadInput as error:
            log.warning("lamps of calendar %s keep their programme: %s", calendar, error)
            return ForLamp(None, str(error))

    def _compile_cabinets(self, inventory: Inventory) -> None:
        fed, default = inventory.by_circuit, frozenset({self.default})
        for cabinet in inventory.cabinets.values():
            followed = {
                circuit.number: frozenset(self._calendar_of[point.id] for point in fed.get(circuit.id, ()))
                or default
                for circuit in cabinet.circuits
            }
            try:
                programme = cabinet_programme(self.light_plan, followed, cabinet, self._site)
                self.cabinets[cabinet.id] = programme
            except BadInput as error:
                self.cabinet_refusals[cabinet.id] = str(error)
                log.warning("cabinet %s keeps its programme: %s", cabinet.id, error)
