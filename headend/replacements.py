"""Putting a new lamp in a light point's place: its history is kept, its hours begin again."""

import asyncio
import secrets
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from city.clock import Clock
from city.errors import BadInput
from city.measurements import DeviceKind, Metric
from city.messages import JournalEntry
from city.replacements import ReplacementRequest, ReplacementView
from city.telemetry import TelemetryStore
from headend.exchange.merging import merge, parts
from headend.exchange.rows import Row, Rows
from headend.inventory_edit import InventoryEdit
from headend.records import Records, Replacement, Token
from headend.records.connection import uninterrupted
from headend.snapshot import Snapshot
from headend.unknown import Unknown

ID_BYTES = 4


class Replacements:
    """Writes a replacement into the records and the inventory file, and has the head-end take the file up."""

    def __init__(
        self,
        file: Path,
        zone: ZoneInfo,
        clock: Clock,
        records: Records,
        snapshot: Snapshot,
        store: TelemetryStore,
        changed: Callable[[], None],
    ) -> None:
        """``changed`` is told once the inventory file holds the new lamp."""
        self._file = file
        self._zone = zone
        self._clock = clock
        self._records = records
        self._snapshot = snapshot
        self._store = store
        self._changed = changed

    @uninterrupted
    async def replace(self, name: str, request: ReplacementRequest, token: Token) -> ReplacementView:
        """Put a new lamp in the place of a light point's.

        Raises:
            Unknown: there is no light point of that name.
            BadInput: the type is not known, or what the counter says is not and nobody says it; or the inventory
                file cannot be changed.
            Unreachable: the records are away; nothing was changed.
        """
        counter_h = await self._counter_h(name)
        with ExitStack() as stack:
            edit = await asyncio.to_thread(stack.enter_context, InventoryEdit(self._file))
            replacement = self._decided(name, request, token.name, edit.document, counter_h)
            await asyncio.to_thread(edit.stage, _with_lamp(edit.document, replacement))
            await self._records.replacements.add(replacement, self._entry(replacement))
            await asyncio.to_thread(edit.commit)
        self._changed()
        return view(replacement)

    async def of(self, name: str) -> list[ReplacementView]:
        """What was replaced at one light point, last first. Raises Unreachable when the records are away."""
        return [view(each) for each in await self._records.replacements.of(name)]

    async def _counter_h(self, name: str) -> float | None:
        known = self._snapshot.value(DeviceKind.LAMP, name, Metric.BURNING)
        if known is not None:
            return known
        sample = (await self._store.last_values(DeviceKind.LAMP)).get(name, {}).get(Metric.BURNING)
        return sample.value if sample else None

    def _decided(
        self,
        name: str,
        request: ReplacementRequest,
        by: str,
        document: Mapping[str, Any],
        counter_h: float | None,
    ) -> Replacement:
        before = _light_point(document, name)
        types = {part["id"] for part in parts(document, "lamp-type")}
        new_type = request.lamp_type or str(before.get("lamp_type", ""))
        if request.lamp_type is not None and request.lamp_type not in types:
            raise BadInput(
                f"lamp_type: got {request.lamp_type!r}, expected one of {', '.join(sorted(types))}"
            )
        old_serial = str(before.get("serial", ""))
        return Replacement(
            id=f"r-{secrets.token_hex(ID_BYTES)}",
            light_point=name,
            at=self._clock.now(),
            by=by,
            reason=request.reason.strip(),
            old_type=str(before.get("lamp_type", "")),
            new_type=new_type,
            old_serial=old_serial,
            new_serial=old_serial if request.serial is None else request.serial.strip(),
            new_controller=request.new_controller,
            counter_h=counter_h,
            old_hours_before=_number(before.get("hours_before")),
            hours_before=_hours_before(request, old_serial, counter_h),
            installed=self._clock.now().astimezone(self._zone).date(),
        )

    @staticmethod
    def _entry(replacement: Replacement) -> JournalEntry:
        types = f"{replacement.old_type} → {replacement.new_type}"
        reason = f" · {replacement.reason}" if replacement.reason else ""
        return JournalEntry(
            at=replacement.at,
            by=replacement.by,
            act="replace",
            subject=replacement.light_point,
            text=f"{types} · {replacement.hours_before:g} h{reason}",
        )


def _hours_before(request: ReplacementRequest, old_serial: str, counter_h: float | None) -> float:
    """What the counter says now that the lamp is new: a new controller counts from nothing.

    Raises:
        BadInput: nobody knows.
    """
    if request.hours is not None:
        return request.hours
    if request.new_controller:
        return 0.0
    if request.serial is not None and request.serial.strip() != old_serial:
        raise BadInput(
            f"serial: got {request.serial!r}, and there was {old_serial or 'none'!r}: another controller counts hours "
            "of its own; say that it is new (--new-controller), or what its counter says (--hours)"
        )
    if counter_h is None:
        raise BadInput(
            "hours: the controller's counter of burning hours is not known; say what it shows (--hours 0 for a new one)"
        )
    return counter_h


def _number(value: object) -> float:
    """A number of the inventory file, which may hold anything."""
    return float(value) if isinstance(value, int | float) else 0.0


def _light_point(document: Mapping[str, Any], name: str) -> dict[str, Any]:
    for part in parts(document, "light-point"):
        if part["properties"]["id"] == name:
            properties: dict[str, Any] = part["properties"]
            return properties
    raise Unknown(f"light point {name}: there is none of that name")


def _with_lamp(document: Mapping[str, Any], replacement: Replacement) -> dict[str, Any]:
    """The inventory with the new lamp.

    Raises:
        BadInput: the inventory file cannot hold it.
    """
    said: dict[str, Any] = {
        "lamp_type": replacement.new_type,
        "serial": replacement.new_serial,
        "installed": replacement.installed.isoformat(),
        "hours_before": replacement.hours_before,
    }
    row = Row(1, "light-point", replacement.light_point, said)
    difference = merge(document, Rows("feature", [row]))
    for bad in difference.bad:
        raise BadInput(f"{bad.key}: got {bad.got}, expected {bad.expected}")
    return difference.document


def view(replacement: Replacement) -> ReplacementView:
    """A replacement as consoles see it."""
    return ReplacementView.model_validate(asdict(replacement))
