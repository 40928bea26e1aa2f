"""The record of a job, for programs."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ossh import manifest
from ossh.python.errors import translated
from ossh.python.words import OF_RUNS


class ManifestReader(manifest.ManifestReader):
    """The record of a job: answers questions, even while a process runs it.

    Args:
        path: `manifest_path` of the job. Every method raises `ManifestError` when there is none or
            it cannot be used, and an `OSError` when it cannot be read.
    """

    @contextmanager
    def _connected(self) -> Iterator[Any]:
        with translated(OF_RUNS), super()._connected() as database:
            yield database
