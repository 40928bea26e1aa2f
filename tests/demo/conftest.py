"""Running demo servers for the tests of the demo."""

from collections.abc import Iterator

import pytest

from ossh import demo


@pytest.fixture(scope="session")
def story() -> Iterator[demo.DemoServer]:
    """Serve the default bucket; tests leave it as it is."""
    with demo.start(synthetic={"many-bucket": (2500, 4096)}) as server:
        yield server


@pytest.fixture
def server() -> Iterator[demo.DemoServer]:
    """Serve an empty bucket that anyone may read, for one test alone."""
    with demo.start(empty=True, public=True, thaw_seconds=0.0) as running:
        yield running
