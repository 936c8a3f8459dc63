"""Reading a device once: the plan, the requests, and what each register said or why it said nothing."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from city.errors import Refused
from drivers.modbus.codec import Decoded, decode
from drivers.modbus.line import ILLEGAL_ADDRESS, ModbusLine, UnitRefused
from drivers.modbus.plan import Image, Request, Span, exponent_of, plan, span_of
from drivers.modbus.profile import ModbusProfile
from drivers.modbus.register import Register

SLOW_EVERY = 15
"""Every how many polls the registers of the class ``slow`` are read: at one poll a minute, every quarter of an hour."""


def due(registers: Iterable[Register], poll: int) -> tuple[Register, ...]:
    """Which registers the poll of that number (0, 1 …) reads: the slow ones at the first and then now and then."""
    classes = {"poll", "slow"} if poll % SLOW_EVERY == 0 else {"poll"}
    return tuple(register for register in registers if register.poll in classes)


@dataclass(slots=True)
class Answers:
    """All that a device answered to one poll."""

    image: Image = field(default_factory=dict)
    refusals: dict[Span, str] = field(default_factory=dict)
    """What it refused, and its reason."""

    def of(self, register: Register) -> Decoded:
        """What one register says."""
        span = span_of(register)
        words = span.words(self.image)
        if words is None:
            return Decoded(why=self.refusals.get(span, "not read"), refused=True)
        power = exponent_of(register)
        exponent = power.words(self.image) if power else None
        return decode(register, words, exponent[0] if exponent else None)


async def read_registers(
    line: ModbusLine, unit: int, profile: ModbusProfile, registers: Sequence[Register]
) -> Answers:
    """Read some registers of a unit with as few requests as its profile allows.

    What the unit refuses is left out with the reason; a request that it refuses for an address is tried again part by
    part, so that one register that a variant lacks does not hide its neighbours.

    Raises:
        Unreachable: no connection, or a request without an answer: nothing more is asked.
        Refused: nothing at all was answered but refusals.
    """
    answers = Answers()
    requests = list(plan(profile, registers))
    while requests:
        request = requests.pop(0)
        span = request.span
        try:
            words = await line.read(unit, span.function, span.first, span.count)
        except Refused as refusal:
            illegal = isinstance(refusal, UnitRefused) and refusal.code == ILLEGAL_ADDRESS
            if illegal and len(request.parts) > 1:
                requests[:0] = _apart(request)
            else:
                answers.refusals |= dict.fromkeys(request.parts, str(refusal))
        else:
            addresses = range(span.first, span.end)
            answers.image |= {
                (span.function, address): word for address, word in zip(addresses, words, strict=True)
            }
    if not answers.image and answers.refusals:
        raise Refused(next(iter(answers.refusals.values())))
    return answers


def _apart(request: Request) -> Iterator[Request]:
    return (Request(part, (part,)) for part in request.parts)
