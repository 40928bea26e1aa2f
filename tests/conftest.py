"""What all tests share: a demo server, the language, and how many examples property tests try.

Hypothesis tries as many as its profile says: `--hypothesis-profile=long` tries 100,000, which takes
a minute or two for each test.
"""

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from ossh.demo import DemoServer
from tests.holding import hold
from tests.servers import Lender
from tests.wine import (
    pytest_pycollect_makemodule,
    pytest_report_teststatus,
    skip_what_it_cannot,
)

__all__ = [  # a fixture, hooks
    "hold",
    "pytest_pycollect_makemodule",
    "pytest_report_teststatus",
]

settings.register_profile("usual", deadline=None)  # a busy machine takes its time
settings.register_profile(
    "long",
    deadline=None,
    max_examples=100_000,
    suppress_health_check=[HealthCheck.too_slow],
    print_blob=True,
)
settings.load_profile("usual")

# Whoever runs the tests may read another language; what characters there are stays as it is.
os.environ.pop("LANGUAGE", None)
if locale := os.environ.pop("LC_ALL", ""):
    os.environ["LC_CTYPE"] = locale
os.environ["LC_MESSAGES"] = "C"


_MEASURE = "COVERAGE_PROCESS_CONFIG"  # has a process measure its coverage, which takes time
_measure = ""


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Let the processes that a test starts measure their coverage only if it is marked so."""
    global _measure  # noqa: PLW0603 - coverage sets the variable when it starts, and only then
    _measure = os.environ.pop(_MEASURE, _measure)
    if _measure and item.get_closest_marker("measured"):
        os.environ[_MEASURE] = _measure


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the executables: to build them takes longer than any other test."""
    items.sort(key=lambda item: "packaging" not in item.path.parts)
    skip_what_it_cannot(items)


@pytest.fixture(scope="session", autouse=True)
def _no_folders_of_the_user(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep what ossh reads and writes of a user out of the home of whoever runs the tests."""
    home = tmp_path_factory.mktemp("user")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"):
            patch.setenv(name, str(home / name))
        patch.setenv("WIN_PD_OVERRIDE_LOCAL_APPDATA", str(home / "local"))
        yield


@pytest.fixture(scope="session")
def lender() -> Iterator[Lender]:
    """Lend an empty demo server to one test after the other."""
    lender = Lender()
    yield lender
    lender.close()


@pytest.fixture
def server(lender: Lender) -> Iterator[DemoServer]:
    """Give an empty bucket of the test's own."""
    with lender.lend() as server:
        yield server
