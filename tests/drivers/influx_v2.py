"""An InfluxDB 2.x, or a 3 Core, for the tests: the documented rules of its HTTP API before a real InfluxDB 1.x.

Written from https://docs.influxdata.com/influxdb/v2/api/ and …/write-data/troubleshoot/ (2.x: a malformed line refuses
the whole request with 400, a conflict of types with 422), …/reference/api/influxdb-1x/dbrp/ (what ``db`` and ``rp`` of
``/query`` are mapped to), and from the source of 3 Core (influxdb3_server/src/http.rs: one statement at a time, data
bases made on writing, lines left out told one by one). What it is written it hands on to the influxd that it stands
before, a bucket being a retention policy there, and so are questions.
"""

import gzip
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from aiohttp import ClientSession, web

ORGANISATION, ORGANISATION_ID = "ville", "00000000000000aa"
TOKEN, ADMIN_TOKEN = "head-end-t0ken", "admin-t0ken"

_PRECISIONS = {"ns": "ns", "us": "u", "ms": "ms", "s": "s"}
_NAME = r"(?:\\.|[^\\,= \n])+"
_LINE = re.compile(
    rf"{_NAME}(?:,{_NAME}={_NAME})* {_NAME}=[-+.\de]+[iu]?(?:,{_NAME}={_NAME}[-+.\de]*)*(?: -?\d+)?"
)

_QUOTED = re.compile(r"""'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*\"""")

Json = dict[str, Any]


@dataclass
class FakeInflux:
    """Its state outlives a serving, as a server's disk outlives the server."""

    backend: str
    """The URL of an influxd 1.x."""
    version: str = "v2.7.11"
    max_bytes: int = 50_000_000
    buckets: dict[str, Json] = field(default_factory=dict)
    """By name."""
    mappings: list[Json] = field(default_factory=list)
    tasks: list[Json] = field(default_factory=list)
    changes: int = 0
    """How many things were made or changed."""
    encodings: list[str] = field(default_factory=list)
    _ids: Any = field(default_factory=lambda: count(1))

    @property
    def is_core(self) -> bool:
        return self.version.lstrip("v").startswith("3")

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[str]:
        """Yields its URL."""
        app = web.Application(client_max_size=1 << 30)
        app.router.add_get("/ping", self._ping)
        app.router.add_get("/health", self._health)
        app.router.add_post("/api/v2/write", self._write)
        app.router.add_post("/query", self._query)
        if self.is_core:
            app.router.add_get("/api/v3/configure/database", self._databases)
            app.router.add_post("/api/v3/configure/database", self._make_database)
        else:
            app.router.add_get("/api/v2/orgs", self._orgs)
            for name in ("buckets", "dbrps", "tasks"):
                app.router.add_route("*", f"/api/v2/{name}", getattr(self, f"_{name}"))
                app.router.add_route("*", f"/api/v2/{name}/{{id}}", getattr(self, f"_{name}"))
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2, handler_cancellation=True)
        await runner.setup()
        try:
            async with ClientSession() as self._session:
                await web.TCPSite(runner, "127.0.0.1", 0).start()
                yield f"http://127.0.0.1:{runner.addresses[0][1]}"
        finally:
            await runner.cleanup()

    async def add_bucket(self, name: str, seconds: int = 0) -> None:
        """As an administrator would beforehand."""
        async with ClientSession() as session:
            await self._on_backend(f'CREATE DATABASE "{name}"', session)
        rules = [{"type": "expire", "everySeconds": seconds}]
        self.buckets[name] = {
            "id": f"{next(self._ids):016x}",
            "name": name,
            "orgID": ORGANISATION_ID,
            "type": "user",
            "retentionRules": rules,
        }

    # What everyone may ask

    async def _ping(self, _request: web.Request) -> web.Response:
        headers = {"X-Influxdb-Version": self.version, "X-Influxdb-Build": "OSS"}
        if self.is_core:
            return web.json_response({"version": self.version, "revision": "0"})
        return web.Response(status=204, headers=headers)

    async def _health(self, _request: web.Request) -> web.Response:
        return web.json_response({"name": "influxdb", "status": "pass", "version": self.version})

    # Writing

    async def _write(self, request: web.Request) -> web.Response:
        if self._who(request) is None:
            return self._no(401, "unauthorized", "unauthorized access")
        self.encodings.append(request.headers.get("Content-Encoding", ""))
        body = await request.read()  # aiohttp has unpacked it
        if len(body) > self.max_bytes:
            return self._no(413, "request too large", f"max request size ({self.max_bytes} bytes) exceeded")
        precision = _PRECISIONS.get(request.query.get("precision", "ns"))
        if precision is None:
            return self._no(400, "invalid", "invalid precision; valid precision units are ns, us, ms, and s")
        bucket = request.query.get("bucket", "")
        if self.is_core:
            if bucket not in self.buckets:
                await self.add_bucket(bucket)
        elif request.query.get("org") not in {ORGANISATION, ORGANISATION_ID}:
            return self._no(404, "not found", "organization not found")
        elif bucket not in self.buckets:
            return self._no(404, "not found", f'bucket "{bucket}" not found')
        return await self._take(bucket, precision, body.decode().split("\n"))

    async def _take(self, bucket: str, precision: str, lines: list[str]) -> web.Response:
        bad = [(number, line) for number, line in enumerate(lines, 1) if not _LINE.fullmatch(line)]
        if bad and not self.is_core:
            return self._no(400, "invalid", f"unable to parse '{bad[0][1]}': invalid field format")
        good = [line for line in lines if _LINE.fullmatch(line)]
        refused = await self._keep(bucket, precision, "\n".join(good))
        if self.is_core and (bad or refused):
            number, line = bad[0] if bad else (1, lines[0])
            left_out = {"error_message": refused or "no", "line_number": number, "original_line": line}
            return web.json_response(
                {"error": "partial write of line protocol occurred", "data": [left_out]}, status=400
            )
        if refused:
            said = f"failure writing points to database: {refused}"
            return self._no(422, "unprocessable entity", said)
        return web.Response(status=204)

    async def _keep(self, bucket: str, precision: str, text: str) -> str:
        database, policy = self._place(bucket)
        query = {"db": database, "rp": policy, "precision": precision}
        url = f"{self.backend}/write"
        async with self._session.post(url, params=query, data=text.encode()) as answer:
            return "" if answer.status == 204 else str((await answer.json())["error"])

    # Asking

    async def _query(self, request: web.Request) -> web.StreamResponse:
        if self._who(request) is None:
            if self.is_core:
                return web.json_response({"error": "the request was not authenticated"}, status=401)
            return self._no(401, "unauthorized", "unauthorized access")
        asked = {name: str(value) for name, value in {**request.query, **(await request.post())}.items()}
        statement, name = asked["q"], asked.get("db", "")
        assert statement.startswith(("SELECT", "SHOW")), statement
        if self.is_core:
            if ";" in _QUOTED.sub("", statement):
                return web.json_response(
                    {"error": "must provide only one InfluxQl statement per query"}, status=400
                )
            if name not in self.buckets:
                said = f"Database {name} not found"
                return web.json_response({"results": [{"statement_id": 0, "error": said}]})
        elif not any(each["database"] == name for each in self._all_mappings()):
            said = f"default retention policy not set for: {name}"
            return web.json_response({"results": [{"statement_id": 0, "error": said}]})
        async with self._session.post(f"{self.backend}/query", params=asked) as answer:
            response = web.StreamResponse(status=answer.status)
            response.content_type = "application/json"
            await response.prepare(request)
            if self.is_core:
                # iox_v1_query_api/src/response/chunked.rs: of nothing there is no piece.
                whole = await answer.read()
                await response.write(whole if b'"series"' in whole or b'"error"' in whole else b"")
                return response
            async for block in answer.content.iter_any():
                await response.write(block)
            return response

    # Setting up: 2.x

    async def _orgs(self, request: web.Request) -> web.Response:
        if self._who(request) is None:
            return self._no(401, "unauthorized", "unauthorized access")
        if request.query.get("org") != ORGANISATION:
            return self._no(404, "not found", f'organization name "{request.query.get("org")}" not found')
        return web.json_response({"orgs": [{"id": ORGANISATION_ID, "name": ORGANISATION}]})

    async def _buckets(self, request: web.Request) -> web.Response:
        if (no := self._may_not(request)) is not None:
            return no
        if request.method == "GET":
            name = request.query.get("name", "")
            if name not in self.buckets:
                return self._no(404, "not found", f'bucket "{name}" not found')
            return web.json_response({"buckets": [self.buckets[name]]})
        content = json.loads(await request.read())
        rules = content["retentionRules"]
        assert all(rule["everySeconds"] == 0 or rule["everySeconds"] >= 3600 for rule in rules)
        self.changes += 1
        if request.method == "POST":
            assert content["orgID"] == ORGANISATION_ID
            await self.add_bucket(content["name"], rules[0]["everySeconds"])
            return web.json_response(self.buckets[content["name"]], status=201)
        there = self._with_id(list(self.buckets.values()), request)
        there["retentionRules"] = rules
        return web.json_response(there)

    async def _dbrps(self, request: web.Request) -> web.Response:
        if (no := self._may_not(request)) is not None:
            return no
        query = request.query
        if request.method == "GET":
            found = [
                each
                for each in self._all_mappings()
                if query.get("db") in {None, each["database"]}
                and query.get("rp") in {None, each["retention_policy"]}
            ]
            return web.json_response({"content": found})
        self.changes += 1
        if request.method == "DELETE":
            self.mappings.remove(self._with_id(self.mappings, request))
            return web.Response(status=204)
        content = json.loads(await request.read())
        if request.method == "PATCH":
            there = self._with_id(self.mappings, request)
            there.update(content)
            return web.json_response({"content": there})
        assert any(each["id"] == content["bucketID"] for each in self.buckets.values())
        mapping = {"id": f"{next(self._ids):016x}", "virtual": False, **content}
        # The first mapping of a data base is its default one, whatever it asks for.
        mapping["default"] |= not any(each["database"] == content["database"] for each in self.mappings)
        self.mappings.append(mapping)
        await self._on_backend(f'CREATE DATABASE "{content["database"]}"')
        if content["retention_policy"] != "autogen":
            policy = f'"{content["retention_policy"]}" ON "{content["database"]}"'
            await self._on_backend(f"CREATE RETENTION POLICY {policy} DURATION INF REPLICATION 1")
        return web.json_response(mapping, status=201)

    async def _tasks(self, request: web.Request) -> web.Response:
        if (no := self._may_not(request)) is not None:
            return no
        if request.method == "GET":
            found = [each for each in self.tasks if each["name"] == request.query.get("name")]
            return web.json_response({"tasks": found})
        self.changes += 1
        content = json.loads(await request.read())
        if request.method == "PATCH":
            there = self._with_id(self.tasks, request)
            there.update(content)
            return web.json_response(there)
        [name] = re.findall(r'option task = \{name: "([^"]+)"', content["flux"])
        task = {"id": f"{next(self._ids):016x}", "name": name, **content}
        self.tasks.append(task)
        return web.json_response(task, status=201)

    # Setting up: 3 Core

    async def _databases(self, request: web.Request) -> web.Response:
        if self._who(request) is None:
            return web.json_response({"error": "the request was not authenticated"}, status=401)
        assert request.query["format"] == "json"
        return web.json_response([{"iox::database": name} for name in self.buckets])

    async def _make_database(self, request: web.Request) -> web.Response:
        if self._who(request) is None:
            return web.json_response({"error": "the request was not authenticated"}, status=401)
        content = json.loads(await request.read())
        if content["db"] in self.buckets:
            return web.json_response(
                {"error": "attempted to create a resource that already exists"}, status=409
            )
        self.changes += 1
        await self.add_bucket(content["db"])
        self.buckets[content["db"]]["retention_period"] = content.get("retention_period")
        return web.Response(status=200)

    # What all of these need

    def _place(self, bucket: str) -> tuple[str, str]:
        """The data base and the retention policy of the influxd behind."""
        for each in self.mappings:
            if each["bucketID"] == self.buckets[bucket]["id"]:
                return each["database"], each["retention_policy"]
        return bucket, "autogen"

    def _all_mappings(self) -> list[Json]:
        """Those that were made, and one for every other bucket, after its name."""
        mapped = {each["bucketID"] for each in self.mappings}
        return self.mappings + [
            {
                "id": bucket["id"],
                "orgID": ORGANISATION_ID,
                "bucketID": bucket["id"],
                "database": name,
                "retention_policy": "autogen",
                "default": True,
                "virtual": True,
            }
            for name, bucket in self.buckets.items()
            if bucket["id"] not in mapped
        ]

    def _who(self, request: web.Request) -> str | None:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        known = token in {TOKEN, ADMIN_TOKEN} and scheme in (
            {"Token", "Bearer"} if self.is_core else {"Token"}
        )
        return token if known else None

    def _may_not(self, request: web.Request) -> web.Response | None:
        who = self._who(request)
        if who is None:
            return self._no(401, "unauthorized", "unauthorized access")
        if who != ADMIN_TOKEN:
            return self._no(403, "forbidden", "insufficient permissions")
        return None

    def _with_id(self, among: list[Json], request: web.Request) -> Json:
        return next(each for each in among if each["id"] == request.match_info["id"])

    def _no(self, status: int, code: str, message: str) -> web.Response:
        return web.json_response({"code": code, "message": message}, status=status)

    async def _on_backend(self, statement: str, session: ClientSession | None = None) -> None:
        async with (session or self._session).post(
            f"{self.backend}/query", params={"q": statement}
        ) as answer:
            assert "error" not in await answer.text()


def unpacked(body: bytes) -> str:
    """The text of a request that may be packed."""
    return (gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body).decode()
