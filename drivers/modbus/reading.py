"""Reading a device once: the plan, the requests, and what each register said or why it said nothing."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from city.errors import Refused, Unreachable
from drivers.modbus.codec import Decoded, decode
from drivers.modbus.line import ILLEGAL_ADDRESS, ModbusLine, UnitRefused
from drivers.modbus.plan import Image, Request, Span, exponent_of, plan, span_of
from drivers.modbus.profile import ModbusProfile
from drivers.modbus.register import Register

ILLEGAL_VALUE = 3
TRY_LESS = frozenset({ILLEGAL_ADDRESS, ILLEGAL_VALUE})
"""Exception codes that less of the same request may not meet: of an address, and of a length."""
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
    line: ModbusLine,
    unit: int,
    profile: ModbusProfile,
    registers: Sequence[Register],
    lessons: dict[Span, str] | None = None,
    *,
    partly: bool = False,
) -> Answers:
    """Read some registers of a unit with as few requests as its profile allows.

    What the unit refuses is left out with the reason; a request that it refuses for its address or its length is
    tried again in halves, so that one register that a variant lacks does not hide its neighbours.

    Args:
        line: to its gateway.
        unit: its number there.
        profile: what it takes.
        registers: what to read.
        lessons: what this unit has refused so before, and in what words: not asked again, and added to. Whoever keeps
            them forgets them now and then, as devices are exchanged; one that refuses all is asked anew.
        partly: where a request finds no answer after others did, keep what they brought; the rest has that reason.

    Raises:
        Unreachable: no connection, or a request without an answer (the first one, if ``partly``): nothing more is
            asked.
        Refused: nothing at all was answered but refusals.
    """
    answers = Answers()
    learnt = {} if lessons is None else lessons
    requests = list(plan(profile, registers))
    while requests:
        request = requests.pop(0)
        span = request.span
        try:
            words = await _asked(line, unit, span, learnt)
        except Refused as refusal:
            answers.refusals |= dict.fromkeys(request.parts, str(refusal))
            continue
        except Unreachable as silence:
            if not (partly and answers.image):
                raise
            answers.refusals |= {part: str(silence) for left in (request, *requests) for part in left.parts}
            break
        if words is not None:
            answers.image |= {(span.function, span.first + at): word for at, word in enumerate(words)}
        elif len(request.parts) > 1:
            requests[:0] = _halves(request)
        else:
            answers.refusals[span] = learnt[span]
    if not answers.image and answers.refusals:
        learnt.clear()  # perhaps it was only starting up
        raise Refused(next(iter(answers.refusals.values())))
    return answers


async def _asked(line: ModbusLine, unit: int, span: Span, learnt: dict[Span, str]) -> list[int] | None:
    """What the unit answers; None where it refuses the address or the length, or has done so before."""
    if span in learnt:
        return None
    try:
        return await line.read(unit, span.function, span.first, span.count)
    except UnitRefused as refusal:
        if refusal.code not in TRY_LESS:
            raise
        learnt[span] = str(refusal)
        return None


def _halves(request: Request) -> Iterator[Request]:
    middle = len(request.parts) // 2
    for parts in (request.parts[:middle], request.parts[middle:]):
        first, end = parts[0].first, max(part.end for part in parts)
        yield Request(Span(request.span.function, first, end - first), parts)
