"""The octets of SNMP: written and read, against pyasn1, and whatever else may come."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyasn1.codec.ber import decoder, encoder
from pyasn1.type import univ
from pysnmp.proto import rfc1902

from drivers.snmp import ber, pdus, secured
from drivers.snmp.agents import Community
from drivers.snmp.ber import Malformed
from drivers.snmp.codec import Missing
from drivers.snmp.exchange import open_up
from drivers.snmp.receiver import Receiver, Unwelcome
from tests.drivers.snmp_peers import Asked

arcs = st.lists(st.integers(0, 2**32 - 1), max_size=20)
oids = st.builds(
    lambda root, second, rest: ".".join(map(str, (root, second, *rest))),
    st.integers(0, 2),
    st.integers(0, 39),
    arcs,
)


@given(st.integers(-(2**63), 2**64 - 1))
def test_whole_numbers_are_written_as_shortly_as_can_be_and_read_back(number: int) -> None:
    octets = ber.integer(number)
    assert decoder.decode(octets) == (number, b"")
    assert len(octets) <= len(encoder.encode(univ.Integer(number)))
    assert ber.whole(octets, 0, len(octets)) == (number, len(octets))


@given(oids)
def test_oids_are_written_as_pyasn1_writes_them_and_read_back(oid: str) -> None:
    octets = ber.oid(oid)
    assert octets == encoder.encode(univ.ObjectIdentifier(oid))
    start, stop = ber.within(octets, 0, len(octets), ber.OID)
    assert ber.oid_text(octets[start:stop]) == oid


@given(st.integers(0, 100_000))
def test_lengths_are_written_as_pyasn1_writes_them(size: int) -> None:
    octets = ber.wrap(ber.OCTETS, bytes(size))
    assert octets[:5] == encoder.encode(univ.OctetString(bytes(size)))[:5]
    assert ber.octets(octets, 0, len(octets)) == (bytes(size), len(octets))


@pytest.mark.parametrize(
    ("value", "read"),
    [
        (rfc1902.Counter64(2**64 - 1), 2**64 - 1),
        (rfc1902.Counter32(2**32 - 1), 2**32 - 1),
        (rfc1902.Gauge32(2**31), 2**31),
        (rfc1902.TimeTicks(1), 1),
        (rfc1902.Integer32(-95), -95),
        (rfc1902.OctetString(b"\x00\xff"), b"\x00\xff"),
        (rfc1902.IpAddress("10.1.2.3"), "10.1.2.3"),
        (rfc1902.ObjectIdentifier("1.3.6.1"), "1.3.6.1"),
        (univ.Null(""), Missing("null")),
        (univ.Boolean(value=True), Missing("a value of an unknown type")),
    ],
)
def test_values_of_every_type_are_read(value: object, read: object) -> None:
    octets = encoder.encode(value)
    tag, start, stop = ber.element(octets, 0, len(octets))
    assert ber.value(tag, octets[start:stop]) == read


def test_a_counter_without_the_octet_that_keeps_it_positive_is_read_as_it_is_meant() -> None:
    assert ber.value(ber.COUNTER32, b"\xff\xff\xff\xfe") == 2**32 - 2


@pytest.mark.parametrize("oid", ["", "1", "1.-3", "one.two", "1..3", "3.1", "1.40", "1.3.4294967296"])
def test_what_is_no_oid_is_not_asked_for(oid: str) -> None:
    with pytest.raises(ValueError, match="expected an OID, got"):
        ber.oid(oid)


def test_a_request_is_what_pyasn1_reads_of_it() -> None:
    message = pdus.community_message(
        pdus.V2C, "public", pdus.pdu(pdus.GET_BULK, 7, pdus.asked("1.3.6.1.2.1.2"), 0, 25)
    )
    asked = Asked.read(message)
    assert (asked.kind, asked.request_id, asked.oids, asked.repetitions) == (
        "GetBulkRequestPDU", 7, ("1.3.6.1.2.1.2",), 25,
    )  # fmt: skip
    arrival = open_up(message)
    assert arrival is not None
    assert arrival.number == 7


def read_all(octets: bytes) -> None:
    """As each of those does that datagrams come to."""
    open_up(octets)
    with suppress(Malformed):
        _, at, end = pdus.opened(octets)
        with suppress(Malformed):
            pdus.read_community_message(octets, at, end)
        secured.read(octets, at, end)
    with suppress(Malformed, Unwelcome):
        Receiver([Community("public")]).take(octets)


@given(st.binary(max_size=200))
def test_whatever_comes_the_decoders_know_no_error_but_their_own(octets: bytes) -> None:
    read_all(octets)
    read_all(ber.wrap(ber.SEQUENCE, ber.integer(1) + octets))
    read_all(ber.wrap(ber.SEQUENCE, ber.integer(3) + octets))


@given(st.data())
def test_a_message_that_was_damaged_is_read_or_refused(data: st.DataObject) -> None:
    bindings = pdus.bound("1.3.6.1.2.1.1.1.0", "words") + pdus.bound("1.3.6.1.2.1.1.7.0", 3)
    message = bytearray(pdus.community_message(pdus.V2C, "public", pdus.pdu(pdus.RESPONSE, 1, bindings)))
    for _ in range(data.draw(st.integers(1, 4))):
        message[data.draw(st.integers(0, len(message) - 1))] = data.draw(st.integers(0, 255))
    read_all(bytes(message[: data.draw(st.integers(0, len(message)))]))


def test_a_length_of_many_octets_takes_no_memory() -> None:
    with pytest.raises(Malformed):
        ber.element(b"\x30\x84\xff\xff\xff\xff" + bytes(10), 0, 16)
    with pytest.raises(Malformed):
        ber.element(b"\x30\xff" + bytes(200), 0, 202)
    with pytest.raises(Malformed):
        ber.element(b"\x30\x80\x00\x00", 0, 4)
