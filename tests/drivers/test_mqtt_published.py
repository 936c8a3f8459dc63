"""Messages off the wire, as MQTT 3.1.1 and 5 lay them out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.mqtt.published import Published, read_publish

QOS_0, QOS_1, QOS_1_RETAINED, QOS_1_AGAIN, QOS_2 = 0x30, 0x32, 0x33, 0x3A, 0x34


def body(topic: bytes, after: bytes) -> bytes:
    return len(topic).to_bytes(2, "big") + topic + after


@pytest.mark.parametrize(
    ("first", "bytes_", "expected"),
    [
        (QOS_0, body(b"a/b", b"hi"), Published("a/b", b"hi", False, 0)),
        (QOS_1, body(b"a/b", b"\x00\x0ahi"), Published("a/b", b"hi", False, 10)),
        (QOS_1_RETAINED, body(b"a/b", b"\x01\x00"), Published("a/b", b"", True, 256)),
        (QOS_1_AGAIN, body("é".encode(), b"\x00\x01x"), Published("é", b"x", False, 1, again=True)),
        (QOS_2, body(b"a/b", b"\x00\x0ahi"), None),
        (QOS_1, body(b"a/b", b"\x00\x00hi"), None),
        (QOS_1, body(b"a/b", b"\x00"), None),
        (QOS_0, body(b"", b"hi"), None),
        (QOS_0, body(b"\xff", b"hi"), None),
        (QOS_0, b"\x00", None),
        (QOS_0, b"\x00\x09abc", None),
    ],
)
def test_a_message_is_read_as_the_standard_has_it(
    first: int, bytes_: bytes, expected: Published | None
) -> None:
    assert read_publish(first, bytes_, has_properties=False) == expected


@pytest.mark.parametrize(
    ("properties", "payload"),
    [
        (b"\x00", b"hi"),
        (b"\x05\x02\x00\x00\x00\x3c", b"hi"),  # message expiry, 60 s
        (b"\x80\x01" + b"\x26" + b"x" * 127, b""),
    ],
)
def test_properties_are_skipped(properties: bytes, payload: bytes) -> None:
    for packet in (bytes, bytearray):
        read = read_publish(
            QOS_1, packet(body(b"a/b", b"\x00\x0a" + properties + payload)), has_properties=True
        )
        assert read == Published("a/b", payload, False, 10)


@pytest.mark.parametrize("properties", [b"", b"\x09\x01", b"\x80\x80\x80\x80\x01", b"\xff"])
def test_properties_that_do_not_end_make_no_message(properties: bytes) -> None:
    assert read_publish(QOS_1, body(b"a/b", b"\x00\x0a" + properties), has_properties=True) is None


@given(first=st.integers(0x30, 0x3F), bytes_=st.binary(max_size=200), has_properties=st.booleans())
def test_no_packet_makes_it_raise(first: int, bytes_: bytes, has_properties: bool) -> None:
    read = read_publish(first, bytes_, has_properties=has_properties)
    assert read is None or (read.topic and bytes_.endswith(read.payload))


@given(topic=st.text(min_size=1, max_size=80), payload=st.binary(max_size=200), packet=st.integers(1, 65535))
def test_whatever_is_published_is_read_again(topic: str, payload: bytes, packet: int) -> None:
    try:
        name = topic.encode()
    except UnicodeEncodeError:
        return
    for properties in (b"", b"\x00"):
        bytes_ = body(name, packet.to_bytes(2, "big") + properties + payload)
        read = read_publish(QOS_1, bytes_, has_properties=bool(properties))
        assert read == Published(topic, payload, False, packet)
