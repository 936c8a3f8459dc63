"""What every test is held to: no task left behind, no exception unseen, and in CI nothing of ours skipped."""

import asyncio
import gc
import logging
import os
from collections.abc import AsyncIterator, Generator, Iterator

import hypothesis
import pytest
import pytest_asyncio

from tests.conformance import NOT_OURS

# A slow machine is not a counter-example.
hypothesis.settings.register_profile("falotier", deadline=None)
hypothesis.settings.load_profile("falotier")


class _Complaints(logging.Handler):
    """Collects what asyncio only logs: exceptions never retrieved, tasks destroyed while pending."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage())


@pytest.fixture(autouse=True)
def _nothing_left_behind(request: pytest.FixtureRequest) -> Iterator[None]:
    complaints = _Complaints()
    logger = logging.getLogger("asyncio")
    logger.addHandler(complaints)
    if request.node.get_closest_marker("asyncio"):
        request.getfixturevalue("_no_leaked_task")
    try:
        yield
        if request.node.get_closest_marker("asyncio"):
            gc.collect(0)
        assert not complaints.messages, complaints.messages
    finally:
        logger.removeHandler(complaints)


@pytest_asyncio.fixture
async def _no_leaked_task() -> AsyncIterator[None]:
    before = asyncio.all_tasks()
    yield
    for _ in range(20):
        left = {task for task in asyncio.all_tasks() - before if task is not asyncio.current_task()}
        if not left:
            return
        await asyncio.sleep(0.01)
    pytest.fail(f"tasks left behind: {left}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    may_skip = hasattr(report, "wasxfail") or NOT_OURS in str(report.longrepr)
    if report.skipped and os.environ.get("FALOTIER_NOTHING_SKIPPED") and not may_skip:
        report.outcome = "failed"
        report.longrepr = f"skipped where nothing may be: {item.nodeid}: {report.longrepr}"
    return report
