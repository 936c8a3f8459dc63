"""Which light plan held at a past instant: the one of now, or the one before it; older ones are not kept."""

import asyncio
from dataclasses import dataclass
from datetime import datetime

from city.errors import BadInput
from headend.configured import plan_file_of
from headend.core import Core
from headend.deployment import ACT
from headend.plan_file import FORMER
from lighting.light_plan import FIVE_STEPS_PLAN, LightPlan
from lighting.programme_files import read_light_plan


@dataclass(frozen=True, slots=True)
class PastPlan:
    """A light plan, and whether it is the one that held."""

    light_plan: LightPlan
    is_known: bool


async def past_plan(core: Core, at: datetime) -> PastPlan:
    """Look into the journal for other plans since then. Raises Unreachable when the records are away."""
    now = core.plan.light_plan
    changes = await core.records.journal_of((ACT,), at, core.clock.now())
    if not changes:
        return PastPlan(now, is_known=True)
    if len(changes) > 1:
        return PastPlan(now, is_known=False)
    former = await asyncio.to_thread(_former, core)
    return PastPlan(former or now, is_known=former is not None)


def _former(core: Core) -> LightPlan | None:
    """The plan that the last one took the place of; None: it cannot be read any more."""
    file = plan_file_of(core.settings)
    file = file.with_name(file.name + FORMER)
    try:
        former = read_light_plan(file.read_text(encoding="utf-8"), str(file))
        former.calendars_of(core.inventory.lighting)  # which may have changed since
    except FileNotFoundError:
        return FIVE_STEPS_PLAN  # none was written before: the built-in one held
    except (OSError, ValueError, BadInput):
        return None
    return former
