"""Frames: kinds of messages in bytes, known by their port and their beginning."""

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from city.sections import Section
from drivers.mqtt.layout import Bytes, Flags, Order, Part, Records, Tagged, codes

LARGEST_FRAME = 255
"""Bytes; LoRaWAN carries 242 at most (TS001-1.0.4, regional parameters)."""


class Event(Section):
    """What has happened when a frame comes."""

    is_: str = Field("", alias="is")
    """``boot``, ``alert``, ``downlink_refused`` …"""
    by: str = ""
    """A field whose raw value decides …"""
    of: Mapping[str, str] = {}
    """… by these; by ``is`` where it is none of them."""

    @field_validator("of")
    @classmethod
    def _are_codes(cls, words: Mapping[str, str]) -> Mapping[str, str]:
        codes(words)
        return words


class Frame(Section):
    """One kind of message."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9 -]*$")
    port: int = Field(ge=1, le=255)
    header: str = Field("", pattern=r"^([0-9A-Fa-f]{2})*$")
    """Its first bytes, by which it is told from others on the same port."""
    order: Order = "little"
    goes: Literal["up", "down", "both"] = "up"
    """``both``: a device answers a command with the same frame."""
    warn: str = ""
    """What its coming is a complaint of."""
    event: Event | None = None
    fields: tuple[Part, ...] = ()

    @cached_property
    def begins(self) -> bytes:
        """Its first bytes."""
        return bytes.fromhex(self.header)

    @model_validator(mode="after")
    def _refers_to_what_is_there(self) -> Self:
        _check_references(self.fields)
        known = {part.name for part in self.fields}
        if self.event is not None and self.event.by and self.event.by not in known:
            raise ValueError(f"event.by: the name of a field of the frame, not {self.event.by}")
        return self


def _check_references(parts: tuple[Part, ...]) -> None:
    """Raises ValueError where a part refers to a flag or a length that does not stand before it."""
    before: set[str] = set()
    for part in parts:
        lengths = [part.count] if isinstance(part, Records) else []
        if isinstance(part, Bytes | Tagged):
            lengths.append(part.octets)
        for wanted in (part.when, *lengths):
            if isinstance(wanted, str) and wanted not in {"", "rest"} | before:
                raise ValueError(f"{part.name}: a field before it, not {wanted}")
        if isinstance(part, Records):
            _check_references(part.fields)
        elif isinstance(part, Tagged):
            for case in part.cases:
                _check_references(case.fields)
        elif isinstance(part, Flags):
            before |= {bit.name for bit in part.bits}
        before.add(part.name)


def frame_of(frames: Iterable[Frame], port: int, payload: bytes) -> Frame | None:
    """The frame of a layout that some bytes are, by their port and beginning."""
    fits = (each for each in frames if each.port == port and payload.startswith(each.begins))
    return max(fits, key=lambda each: len(each.begins), default=None)
