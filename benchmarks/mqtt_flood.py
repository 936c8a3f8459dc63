"""``python -m benchmarks.mqtt_flood PORT MESSAGES``: a crowd of lamp controllers at a broker, as fast as it takes them.

A process of its own, with frames made beforehand, so that the one that listens is what is measured. QoS 1 throughout:
what the broker has not acknowledged is waited for.
"""

import socket
import struct
import sys

LAMPS = 1_000
"""Controllers that take turns."""
WINDOW = 500
"""Messages under way at once."""
PUBACK_BYTES = 4
CONNECT = b"\x10\x11\x00\x04MQTT\x04\x02\x00\x3c\x00\x05flood"
CONNACK_BYTES = 4
PAYLOAD = (
    b'{"ts": %.1f, "seq": %d, "level": 70.0, "source": "programme", "order": null, "programme": "9f2c41d0", '
    b'"v": 229.8, "i": 0.183, "w": 40.9, "pf": 0.973, "wh": 181233.5, "hours": 5533.21, "starts": 812, "temp": 14.0}'
)
"""As documented: 200 bytes, give or take."""


def flood(port: int, messages: int, at: float) -> None:
    """Publish so many messages, sampled a millisecond apart from ``at`` on, and return once all were taken."""
    with socket.create_connection(("127.0.0.1", port)) as broker:
        broker.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        broker.sendall(CONNECT)
        broker.recv(CONNACK_BYTES)
        under_way = 0
        for first in range(0, messages, WINDOW // 2):
            some = range(first, min(first + WINDOW // 2, messages))
            broker.sendall(b"".join(frame(number, at + number / 1000) for number in some))
            under_way += len(some)
            while under_way > WINDOW // 2:
                under_way -= len(broker.recv(65536)) // PUBACK_BYTES
        while under_way > 0:
            under_way -= len(broker.recv(65536)) // PUBACK_BYTES


def frame(number: int, at: float) -> bytes:
    """One PUBLISH with QoS 1."""
    topic = b"falotier/GW-%d/%05d/telemetry" % (number % 10, number % LAMPS)
    body = (
        struct.pack(">H", len(topic)) + topic + struct.pack(">H", number % 65535 + 1) + PAYLOAD % (at, number)
    )
    length = bytes([len(body) & 0x7F | 0x80, len(body) >> 7])
    return b"\x32" + length + body


if __name__ == "__main__":
    flood(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]))
