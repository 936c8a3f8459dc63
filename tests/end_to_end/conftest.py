"""What several files of tests share, because it takes long to start."""

from collections.abc import Iterator

import pytest

from tests.end_to_end.trial_city import TrialCity, trial_city


@pytest.fixture(scope="session")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TrialCity]:
    """A started city for trying the console in: each test takes lamps and incidents of its own."""
    with trial_city(tmp_path_factory.mktemp("trial")) as city:
        yield city
