"""Running demo servers for the tests of the demo."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ossh import demo
from tests.servers import Lender


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Measure the servers' coverage in these tests, and only here."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("measured")


@pytest.fixture(scope="session")
def story() -> Iterator[demo.DemoServer]:
    """Serve the default bucket; tests leave it as it is."""
    with demo.start(synthetic={"many-bucket": (2500, 4096)}) as server:
        yield server


@pytest.fixture(scope="session")
def public() -> Iterator[Lender]:
    """Lend a server whose bucket anyone may read, and where a restore takes no time."""
    lender = Lender(public=True, thaw_seconds=0.0)
    yield lender
    lender.close()


@pytest.fixture
def server(public: Lender) -> Iterator[demo.DemoServer]:
    """Serve an empty bucket that anyone may read, for one test alone."""
    with public.lend() as server:
        yield server
