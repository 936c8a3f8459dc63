"""What an Open311 desk offers: where it answers, in which format, which services, and what they ask for."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import quote

from city.errors import Outside, Refused
from drivers.open311_answers import NoDocument, NotFound, NotOffered, entries_of, text_of
from drivers.open311_transport import NoAnswer, Transport

SPECIFICATION = "georeport_v2"
"""How the specification's name ends, in lower case."""
_TRUE = frozenset({"true", "1"})

Kind = Literal["json", "xml"]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where and how a desk is spoken to."""

    root: str
    kind: Kind | None = None
    """None until it is known."""
    changeset: str = ""
    """Moves when services or definitions change; "" where the desk does not say."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """One thing that a report of a service may or must say."""

    code: str
    required: bool
    many: bool
    keys: frozenset[str]
    """The only values that are taken; empty where any is."""

    @property
    def field(self) -> str:
        """What it is called in a form."""
        return f"attribute[{self.code}][]" if self.many else f"attribute[{self.code}]"


class Catalogue:
    """Asks the desk once, and again when its changeset moves."""

    def __init__(self, transport: Transport, url: str, query: Mapping[str, str]) -> None:
        """``url`` is the GeoReport root or a discovery document; ``query`` goes with each question."""
        self._transport = transport
        self._url = url.rstrip("/")
        self._query = query
        self._endpoint: Endpoint | None = None
        self._services: dict[str, bool] | None = None
        """Whether a service has a definition, by code; empty where the desk lists none."""
        self._definitions: dict[str, tuple[Attribute, ...]] = {}

    async def refresh(self) -> None:
        """Look whether the desk is there, and whether what it offers has changed."""
        known, self._endpoint = self._endpoint, None
        found = await self._located()
        if known is None or not found.changeset or found.changeset != known.changeset:
            self.forget()
        self._endpoint = found
        self._services = None
        if not await self._listed():
            raise Refused("the desk lists no services")

    def forget(self) -> None:
        """Ask anew next time: what was known of the services has misled us."""
        self._services = None
        self._definitions.clear()

    async def path(self, path: str) -> str:
        """The URL of a resource, in the format that the desk speaks."""
        endpoint = await self._located()
        if endpoint.kind is None:
            await self._listed()
            endpoint = await self._located()
        return f"{endpoint.root}/{path}.{endpoint.kind or 'json'}"

    async def fitted(self, code: str, attributes: Mapping[str, str]) -> list[tuple[str, str]]:
        """A report's attributes as this desk takes them, as fields of a form.

        Raises:
            Refused: the desk has no such service, or it needs attributes that are not given.
        """
        services = await self._listed()
        if services and code not in services:
            raise Refused(f"the desk has no service {code}: it has {', '.join(sorted(services))}")
        if not services.get(code):
            return [(f"attribute[{name}]", value) for name, value in attributes.items()]
        known = await self._definition(code)
        taken = {
            each.code: (each.field, attributes[each.code])
            for each in known
            if attributes.get(each.code) and (not each.keys or attributes[each.code] in each.keys)
        }
        missing = [each.code for each in known if each.required and each.code not in taken]
        if missing:
            raise Refused(f"the service {code} needs what we do not give: {', '.join(missing)}")
        return list(taken.values())

    async def _located(self) -> Endpoint:
        if self._endpoint is None:
            self._endpoint = await self._discovered()
        return self._endpoint

    async def _discovered(self) -> Endpoint:
        stem, _, last = self._url.rpartition("/")
        given = last.partition(".")[0] == "discovery"
        root = f"{stem}/discovery" if given else f"{self._url}/discovery"
        first: Outside | None = None
        for kind in ("json", "xml"):
            try:
                document = await self._transport.get(f"{root}.{kind}", self._query)
            except NoAnswer:
                raise
            except Outside as error:
                first = first or error
                continue
            found = _chosen(document, None if given else self._url)
            if found is not None:
                return self._no_less_safe(found)
        if given:
            raise first or Refused(f"the discovery at {self._url} names no endpoint of GeoReport v2")
        return Endpoint(self._url)

    def _no_less_safe(self, found: Endpoint) -> Endpoint:
        """The endpoint, unless our key would leave TLS for it."""
        if self._url.startswith("https:") and not found.root.startswith("https:"):
            raise Refused(f"the discovery at {self._url} leads away from https: set [desk] url by hand")
        return found

    async def _listed(self) -> dict[str, bool]:
        """The desk's services, and whether each has a definition."""
        if self._services is not None:
            return self._services
        endpoint = await self._located()
        kinds: Sequence[Kind] = (endpoint.kind,) if endpoint.kind else ("json", "xml")
        page: NoDocument | None = None
        for kind in kinds:
            try:
                document = await self._transport.get(f"{endpoint.root}/services.{kind}", self._query)
            except (NotFound, NotOffered):
                continue
            except NoDocument as error:
                page = error
                continue
            self._endpoint = Endpoint(endpoint.root, kind, endpoint.changeset)
            self._services = {
                code: text_of(entry, "metadata").lower() in _TRUE or entry.get("metadata") is True
                for entry in entries_of(document)
                if (code := text_of(entry, "service_code"))
            }
            return self._services
        if page is not None:
            raise page
        self._services = {}
        return self._services

    async def _definition(self, code: str) -> tuple[Attribute, ...]:
        if code not in self._definitions:
            document = await self._transport.get(
                await self.path(f"services/{quote(code, safe='')}"), self._query
            )
            self._definitions[code] = tuple(_attributes(document))
        return self._definitions[code]


def _chosen(document: Any, root: str | None) -> Endpoint | None:
    """The endpoint that speaks GeoReport v2: the one at ``root`` if given, else one in production before a test."""
    offered = document.get("endpoints") if isinstance(document, dict) else None
    changeset = text_of(document, "changeset") if isinstance(document, dict) else ""
    fitting = [
        entry
        for entry in entries_of(offered)
        if text_of(entry, "specification").lower().rstrip("/").endswith(SPECIFICATION)
        and (root is None or text_of(entry, "url").rstrip("/") == root)
    ]
    fitting.sort(key=lambda entry: text_of(entry, "type").lower() != "production")
    if not fitting:
        return Endpoint(root, None, changeset) if root and changeset else None
    entry = fitting[0]
    formats = str(entry.get("formats") or "").lower()
    kind: Kind | None = "json" if "json" in formats else "xml" if "xml" in formats else None
    return Endpoint(root or text_of(entry, "url").rstrip("/"), kind, text_of(entry, "changeset") or changeset)


def _attributes(document: Any) -> Iterator[Attribute]:
    """Those that are to be filled in: others only say something to who reads the form."""
    definition = next(iter(entries_of(document)), {})
    for entry in entries_of(definition.get("attributes")):
        code = text_of(entry, "code")
        if not code or entry.get("variable") is False or text_of(entry, "variable").lower() == "false":
            continue
        kind = text_of(entry, "datatype").lower()
        required = entry.get("required") is True or text_of(entry, "required").lower() in _TRUE
        keys = (
            {text_of(value, "key") for value in entries_of(entry.get("values"))}
            if kind.endswith("list")
            else set()
        )
        yield Attribute(code, required, kind == "multivaluelist", frozenset(keys - {""}))
