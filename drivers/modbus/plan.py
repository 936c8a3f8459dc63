"""Which requests read a set of registers: as few as the device allows, each value whole in one of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from drivers.modbus.profile import ModbusProfile
from drivers.modbus.register import Register


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Neighbouring registers of one kind."""

    function: int
    first: int
    count: int

    @property
    def end(self) -> int:
        """First address after it."""
        return self.first + self.count

    def words(self, image: "Image") -> list[int] | None:
        """Its registers from what was read; None unless all were."""
        words = [image.get((self.function, address)) for address in range(self.first, self.end)]
        return None if None in words else [word for word in words if word is not None]


Image = dict[tuple[int, int], int]
"""What was read: function and address to register (or bit)."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request, and the spans that it was made of."""

    span: Span
    parts: tuple[Span, ...]


def span_of(register: Register) -> Span:
    """The registers of one value."""
    return Span(register.function, register.address, register.size)


def exponent_of(register: Register) -> Span | None:
    """The register of its power of ten, where there is one."""
    return None if register.exponent is None else Span(register.function, register.exponent, 1)


def plan(profile: ModbusProfile, registers: Iterable[Register]) -> tuple[Request, ...]:
    """The requests that read some registers, in ascending order, each register once."""
    wanted: set[Span] = set()
    for register in registers:
        wanted |= {span for span in (span_of(register), exponent_of(register)) if span is not None}
    requests: list[Request] = []
    for span in sorted(wanted):
        if requests and (joined := _joined(profile, requests[-1].span, span)) is not None:
            requests[-1] = Request(joined, (*requests[-1].parts, span))
        else:
            requests.append(Request(span, (span,)))
    return tuple(requests)


def _joined(profile: ModbusProfile, before: Span, after: Span) -> Span | None:
    """One span over both, unless the profile forbids it."""
    if before.function != after.function or after.first - before.end > profile.bridge:
        return None
    count = max(before.end, after.end) - before.first
    joined = Span(before.function, before.first, count)
    if count > profile.max_registers or _forbidden(profile, joined):
        return None
    return joined


def _forbidden(profile: ModbusProfile, span: Span) -> bool:
    blocks: Sequence[tuple[int, int, int]] = [(b.function, b.first, b.last) for b in profile.forbidden]
    return any(
        function == span.function and span.first <= last and first < span.end
        for function, first, last in blocks
    )
