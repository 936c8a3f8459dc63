"""Where a Modbus device is, in one line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from city.errors import BadInput
from drivers.modbus.url import Gateway, ModbusUrl, Transport


@pytest.mark.parametrize(
    ("url", "gateway", "unit"),
    [
        ("modbus://10.0.0.7:1502/17", Gateway("10.0.0.7", 1502), 17),
        ("modbus://gw", Gateway("gw", 502), 1),
        ("modbus://gw/0", Gateway("gw", 502), 0),
        ("modbus://[fd00::7]:503/2", Gateway("fd00::7", 503), 2),
        ("rtu+tcp://gw:4001/2", Gateway("gw", 4001, Transport.RTU_TCP), 2),
        ("modbus+tls://gw/3", Gateway("gw", 802, Transport.TLS), 3),
        ("modbus+tls://gw:8802/3", Gateway("gw", 8802, Transport.TLS), 3),
        ("rtu:///dev/ttyUSB0", Gateway("/dev/ttyUSB0", 0, Transport.SERIAL, 19200, "even", 1), 1),
        (
            "rtu:///dev/ttyS1?unit=247&baud=9600&parity=none&stop=2",
            Gateway("/dev/ttyS1", 0, Transport.SERIAL, 9600, "none", 2),
            247,
        ),
    ],
)
def test_a_url_says_where_a_device_is(url: str, gateway: Gateway, unit: int) -> None:
    assert ModbusUrl.parse(url) == ModbusUrl(gateway, unit)


@pytest.mark.parametrize(
    "url",
    [
        "", "gw", "http://gw/1", "modbus:///1", "modbus://gw/x", "modbus://gw:99999/1", "modbus://gw/1?baud=9600",
        "rtu://dev/ttyUSB0", "rtu://", "rtu:///dev/ttyUSB0?baud=fast", "rtu:///dev/ttyUSB0?baud=1",
        "rtu:///dev/ttyUSB0?parity=mark", "rtu:///dev/ttyUSB0?stop=3", "rtu:///dev/ttyUSB0?bits=7",
        "rtu:///dev/ttyUSB0?baud",
    ],
)  # fmt: skip
def test_what_is_no_such_url_is_bad_input(url: str) -> None:
    with pytest.raises(BadInput, match=r"^got .*, expected modbus://HOST:PORT/UNIT.*$"):
        ModbusUrl.parse(url)


@pytest.mark.parametrize(
    ("url", "least", "most"),
    [
        ("modbus://gw/256", 0, 255),
        ("modbus://gw/-1", 0, 255),
        ("rtu+tcp://gw/0", 1, 247),
        ("rtu+tcp://gw/248", 1, 247),
        ("rtu:///dev/ttyS0?unit=0", 1, 247),
    ],
)
def test_a_unit_that_nobody_can_have_there_is_bad_input(url: str, least: int, most: int) -> None:
    with pytest.raises(BadInput, match=f"expected one from {least} to {most}"):
        ModbusUrl.parse(url)


def test_a_password_in_a_url_is_not_repeated() -> None:
    with pytest.raises(BadInput) as caught:
        ModbusUrl.parse("modbus://admin:hunter2@gw/1")
    assert "hunter2" not in str(caught.value)


def test_a_gateway_is_called_by_its_address_or_by_its_port_s_path() -> None:
    assert str(Gateway("gw", 802, Transport.TLS)) == "gw:802"
    assert str(Gateway("fd00::7", 502)) == "[fd00::7]:502"
    assert str(Gateway("/dev/ttyUSB0", 0, Transport.SERIAL)) == "/dev/ttyUSB0"


@given(
    st.text() | st.text().map(lambda text: f"rtu://{text}") | st.text().map(lambda text: f"modbus://{text}")
)
def test_any_text_is_a_url_or_bad_input_in_one_line(text: str) -> None:
    said = ""
    try:
        ModbusUrl.parse(text)
    except BadInput as error:
        said = str(error)
    assert said == "" or said.isprintable()
