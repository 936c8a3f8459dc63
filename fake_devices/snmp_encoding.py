"""Short cuts through pysnmp's encoding: variable bindings are read and written whole, not node by node.

pyasn1 builds half a dozen objects for each binding, on the way in and out: two thirds of what an answer costs.
A poller asks for the same variables again and again, so their bindings are decoded once and remembered by their
bytes; answers are put together from encoded names and values. Everything else stays pysnmp's own.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

from pyasn1.codec.ber import decoder, encoder
from pyasn1.type import namedtype, univ
from pysnmp.proto import rfc1902, rfc1905
from pysnmp.proto.mpmod.rfc2576 import SnmpV2cMessageProcessingModel

REMEMBERED_REQUESTS = 1024
REMEMBERED_NAMES = 4096


@lru_cache(REMEMBERED_REQUESTS)
def _decoded(bindings: bytes) -> tuple[Any, ...]:
    decoded, _ = decoder.decode(bindings, asn1Spec=rfc1905.VarBindList())
    return tuple(decoded)


@lru_cache(REMEMBERED_NAMES)
def _encoded_name(oid: tuple[int, ...]) -> bytes:
    return bytes(encoder.encode(univ.ObjectIdentifier(oid)))


class _Bindings(univ.Any):  # type: ignore[misc]
    """A list of variable bindings, left as it came until somebody looks into it."""

    def __iter__(self) -> Iterator[Any]:
        return iter(_decoded(self.asOctets()))


class _Sequence(univ.Any):  # type: ignore[misc]
    """A sequence whose content is already encoded."""

    tagSet = univ.Sequence.tagSet  # noqa: N815 - as in the library


def _pdu(kind: Any) -> Any:
    """A PDU type like one of the library's, with bindings left as they came (RFC 3416, section 3)."""
    return type(
        kind.__name__,
        (univ.Sequence,),
        {
            "tagSet": kind.tagSet,
            "componentType": namedtype.NamedTypes(
                namedtype.NamedType("request-id", rfc1902.Integer32()),
                namedtype.NamedType("error-status-or-non-repeaters", univ.Integer()),
                namedtype.NamedType("error-index-or-max-repetitions", univ.Integer()),
                namedtype.NamedType("variable-bindings", _Bindings()),
            ),
        },
    )()


class _Pdus(univ.Choice):  # type: ignore[misc]
    componentType = namedtype.NamedTypes(  # noqa: N815 - as in the library
        namedtype.NamedType("get-request", _pdu(rfc1905.GetRequestPDU)),
        namedtype.NamedType("get-next-request", _pdu(rfc1905.GetNextRequestPDU)),
        namedtype.NamedType("get-bulk-request", _pdu(rfc1905.GetBulkRequestPDU)),
        namedtype.NamedType("set-request", _pdu(rfc1905.SetRequestPDU)),
        namedtype.NamedType("response", rfc1905.ResponsePDU()),
    )


class _Message(univ.Sequence):  # type: ignore[misc]
    componentType = namedtype.NamedTypes(  # noqa: N815 - as in the library
        namedtype.NamedType("version", univ.Integer()),
        namedtype.NamedType("community", univ.OctetString()),
        namedtype.NamedType("data", _Pdus()),
    )


class QuickV2c(SnmpV2cMessageProcessingModel):  # type: ignore[misc]
    """SNMPv2c messages whose bindings are decoded only once for all requests that have the same ones."""

    SNMP_MSG_SPEC = _Message


class QuickAnswers:
    """For a responder, before its base: bindings of answers go into the PDU encoded."""

    _answer = b""

    def send_varbinds(
        self, snmp: Any, reference: Any, status: Any, index: Any, var_binds: Sequence[tuple[Any, Any]]
    ) -> None:
        """Encode the bindings and send them."""
        self._answer = b"".join(
            encoder.encode(_Sequence(_encoded_name(tuple(name)) + encoder.encode(value)))
            for name, value in var_binds
        )
        super().send_varbinds(snmp, reference, status, index, [])  # type: ignore[misc]

    def send_pdu(self, snmp: Any, reference: Any, pdu: Any) -> None:
        """Put the encoded bindings in their place."""
        pdu.setComponentByPosition(
            3, _Sequence(self._answer), verifyConstraints=False, matchTags=False, matchConstraints=False
        )
        super().send_pdu(snmp, reference, pdu)  # type: ignore[misc]
