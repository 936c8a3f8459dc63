"""What a desk offers: discovery, services, definitions, in JSON and in XML."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from city.clock import ManualClock
from city.desks import KeyRefused, Receipt
from city.errors import Outside, Refused, Unreachable
from drivers.open311 import Open311
from drivers.open311_answers import document_of
from drivers.open311_services import Catalogue, Endpoint
from drivers.open311_transport import Transport
from drivers.open311_xml import read_xml
from fake_devices.open311_desk import Open311Desk
from tests.drivers.test_open311 import KEY, NOW, REPORT, Desk, a_desk

SPECIFICATION = "http://wiki.open311.org/GeoReport_v2"
MINE = "eclairage-public"


def endpoint(url: str, **changes: object) -> dict[str, object]:
    return {
        "specification": SPECIFICATION, "url": url, "changeset": "1", "type": "production",
        "formats": ["application/json"], **changes,
    }  # fmt: skip


def offers(desk: Desk, *attributes: Mapping[str, Any], metadata: object = True) -> None:
    desk.says("GET /services.json", [{"service_code": MINE, "metadata": metadata}])
    desk.says(f"GET /services/{MINE}.json", [{"service_code": MINE, "attributes": list(attributes)}])
    desk.says("POST /requests.json", [{"service_request_id": "1"}])


def attribute(code: str, **changes: object) -> dict[str, object]:
    return {
        "code": code,
        "variable": True,
        "datatype": "string",
        "required": False,
        "values": None,
        **changes,
    }


def sent(desk: Desk) -> set[str]:
    return {name for name in desk.forms[-1] if name.startswith("attribute[")}


async def test_a_discovery_url_leads_to_the_endpoint_of_georeport_v2_in_production() -> None:
    async with Open311Desk(ManualClock(NOW)) as real, a_desk() as (front, _):
        document = {
            "changeset": "1",
            "endpoints": [
                endpoint("http://127.0.0.1:9/v1", specification="http://wiki.open311.org/GeoReport_v1"),
                endpoint("http://127.0.0.1:9/test", type="test"),
                endpoint(real.url + "/"),
            ],
        }
        front.says("GET /discovery.json", document)
        for name in ("discovery.json", "discovery.xml", "discovery"):
            async with Open311(front.url + name, real.api_key, "mulhouse.fr") as client:
                number = (await client.post(REPORT)).number
                assert number == real.tickets[-1].id


async def test_a_discovery_in_xml_is_read_where_there_is_none_in_json() -> None:
    async with Open311Desk(ManualClock(NOW)) as real:
        real.formats = frozenset({"xml"})
        async with Open311(f"{real.url}/discovery.json", real.api_key, "mulhouse.fr") as client:
            await client.ping()
            number = (await client.post(REPORT)).number
            assert number is not None
            assert await client.find(REPORT.external_ref, NOW) == number
            assert await client.status(number) == "open"
            await client.update(number, "u-1", "FIXED", NOW, "Réparée")
            assert await client.status(number) == "closed"
            with pytest.raises(Refused, match="no service neige"):
                await client.post(replace(REPORT, service_code="neige"))
        async with Open311(real.url, "wrong", "") as client:
            with pytest.raises(KeyRefused, match="api_key is missing or wrong"):
                await client.post(REPORT)


async def test_a_discovery_without_georeport_v2_is_refused() -> None:
    async with a_desk() as (desk, _):
        desk.says(
            "GET /discovery.json", {"changeset": "1", "endpoints": [{"specification": "x", "url": "y"}]}
        )
        async with Open311(f"{desk.url}discovery.json", KEY, "") as client:
            with pytest.raises(Refused, match=r"404|GeoReport v2"):
                await client.ping()


def test_a_discovery_never_leads_our_key_out_of_tls() -> None:
    url = "https://desk.example/discovery.json"
    catalogue = Catalogue(Transport(url, 1.0), url, {})
    assert catalogue._no_less_safe(Endpoint("https://x")) == Endpoint("https://x")
    with pytest.raises(Refused, match="leads away from https"):
        catalogue._no_less_safe(Endpoint("http://x"))


async def test_definitions_are_asked_for_once_and_again_when_the_changeset_moves() -> None:
    async with a_desk() as (desk, client):
        offers(desk, attribute("fault"))
        desk.says("GET /discovery.json", {"changeset": "1", "endpoints": [endpoint(desk.url)]})
        for _ in range(3):
            await client.post(REPORT)
            await client.ping()
        assert desk.paths.count(f"/services/{MINE}.json") == 1
        assert sent(desk) == {"attribute[fault]"}
        offers(desk, attribute("fault"), attribute("pole_number"))
        desk.says("GET /discovery.json", {"changeset": "2", "endpoints": [endpoint(desk.url, changeset="2")]})
        await client.ping()
        await client.post(REPORT)
        assert sent(desk) == {"attribute[fault]", "attribute[pole_number]"}
        assert desk.paths.count(f"/services/{MINE}.json") == 2


@pytest.mark.parametrize("metadata", [False, "false", None])
async def test_a_service_without_metadata_is_sent_every_attribute(metadata: object) -> None:
    async with a_desk() as (desk, client):
        offers(desk, metadata=metadata)
        await client.post(REPORT)
        assert sent(desk) == {"attribute[external_ref]", "attribute[fault]", "attribute[pole_number]"}


async def test_a_service_is_sent_only_the_attributes_that_it_knows_and_asks_for() -> None:
    async with a_desk() as (desk, client):
        offers(desk, attribute("fault"), attribute("pole_number", variable=False), attribute("colour"))
        await client.post(REPORT)
        assert sent(desk) == {"attribute[fault]"}
        assert "[i-1a2b3c4d]" in desk.forms[-1]["description"]


async def test_a_value_from_a_list_is_sent_only_if_the_list_has_its_key() -> None:
    def listing(*keys: object) -> list[dict[str, object]]:
        return [{"key": key, "name": f"n° {key}"} for key in keys]

    async with a_desk() as (desk, client):
        offers(
            desk,
            attribute("fault", datatype="singlevaluelist", values=listing("lamp_dead", "day_burner")),
            attribute("pole_number", datatype="singlevaluelist", values=listing(1, 2)),
            attribute("external_ref", datatype="multivaluelist", values=listing("i-1a2b3c4d")),
        )
        await client.post(REPORT)
        assert sent(desk) == {"attribute[fault]", "attribute[external_ref][]"}


@pytest.mark.parametrize("required", [True, "true"])
async def test_what_a_service_needs_and_we_do_not_give_is_named_and_nothing_is_sent(required: object) -> None:
    async with a_desk() as (desk, client):
        no_such = attribute("fault", required=required, datatype="singlevaluelist", values=[{"key": "x"}])
        offers(desk, attribute("nature", required=required), no_such, attribute("pole_number"))
        with pytest.raises(Refused, match=r"needs what we do not give: nature, fault$"):
            await client.post(REPORT)
        assert desk.forms == []


async def test_a_refusal_makes_the_client_look_at_the_definition_again() -> None:
    async with a_desk() as (desk, client):
        offers(desk, attribute("fault"))
        await client.post(REPORT)
        desk.says("POST /requests.json", [{"code": 400, "description": "attribute[x] is missing"}], 400)
        with pytest.raises(Refused):
            await client.post(REPORT)
        offers(desk, attribute("pole_number"))
        assert await client.post(REPORT) == Receipt("1")
        assert sent(desk) == {"attribute[pole_number]"}


async def test_a_maintenance_page_instead_of_the_services_passes() -> None:
    async with a_desk() as (desk, client):
        desk.says("GET /services.json", "<html>maintenance</html>")
        with pytest.raises(Unreachable, match="neither JSON nor XML"):
            await client.post(REPORT)
        assert desk.forms == []


BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE errors [<!ENTITY a "aaaaaaaaaa">'
    b'<!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><errors><error><code>&b;</code></error></errors>'
)
THIEF = b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><services><service/></services>'


@pytest.mark.parametrize(
    "body", [BOMB, THIEF, b"<html/>", b"<services>", b"<services>&x;</services>", b"<a>" * 99]
)
def test_xml_with_a_document_type_or_of_another_kind_is_not_read(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_xml(body)


@pytest.mark.parametrize(
    ("body", "document"),
    [
        (b"<service_requests/>", []),
        (b"<errors><error><code> 1 </code><x/></error></errors>", [{"code": "1", "x": None}]),
        (b"<services><service/><service/></services>", [None, None]),
        (b'<o:errors xmlns:o="x"><o:error><o:code>4</o:code></o:error></o:errors>', [{"code": "4"}]),
        (
            "<service_definition><service_code>é</service_code><attributes><attribute><values><value><key>1</key>"
            "</value></values></attribute></attributes></service_definition>".encode(),
            {"service_code": "é", "attributes": [{"values": [{"key": "1"}]}]},
        ),
    ],
)  # fmt: skip
def test_xml_has_the_shape_of_json_with_none_one_or_several_elements(body: bytes, document: object) -> None:
    assert read_xml(body) == document


@given(st.binary(max_size=100).map(lambda noise: b"<services><service>" + noise))
def test_no_xml_at_all_raises_anything_but_ours(body: bytes) -> None:
    with suppress(Outside):
        document_of(200, body, "services.xml")


def test_the_specification_s_own_numbers_with_zeros_in_front_are_read() -> None:
    body = b'[{"service_code":001, "lat": 0.5, "service_request_id":0638344}]'
    assert document_of(200, body, "x") == [
        {"service_code": "001", "lat": 0.5, "service_request_id": "0638344"}
    ]
