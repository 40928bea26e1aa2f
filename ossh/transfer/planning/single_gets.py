"""The files that jobs of a single object left, remembered as such a job is removed.

A job that nobody named ends with its one object, and goes; its file stays. Once the object has
changed, nothing else could tell that file from one of a person.
"""

import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import astuple, replace
from functools import cached_property
from pathlib import Path

from ossh.errors import OsshError
from ossh.job import Job
from ossh.manifest import ManifestReader
from ossh.model import Entry, OwnFile, Proof, Status
from ossh.paths import path_in, plain
from ossh.private_records import UNUSABLE, PrivateRecords
from ossh.transfer.disk.occupant import Claim
from ossh.units import moment_at


class SingleGets:
    """Remembers what is at some places of this machine, a record each."""

    def __init__(self, records: PrivateRecords | None = None) -> None:
        self._records = records or PrivateRecords.of_user("single-gets")

    def remember(self, job: Job) -> None:
        """Remember what a job of a single object left, if that can be done."""
        with suppress(OsshError, *UNUSABLE):
            for one in ManifestReader(job.manifest_path).entries((Status.DONE,)):
                if one.own is not None and one.proof is not None:
                    place = _place(job.real_directory, one.path)
                    known = (job.source.bucket, one.key, one.size, one.etag)
                    record = json.dumps([*known, astuple(one.own), one.proof])
                    self._records.write(place, record.encode())

    def claims(self, job: Job, paths: Sequence[str]) -> Iterator[tuple[str, Claim]]:
        """Yield those of some paths below the target of a job that such a job filled."""
        if not self._names:
            return
        folder = job.real_directory
        for path in paths:
            place = _place(folder, path)
            if place in self._names and (content := self._records.read(place)) is not None:
                with suppress(ValueError, TypeError):  # of another version of ossh
                    bucket, key, size, etag, own, proof = json.loads(content)
                    known = Entry(0, key, path, size, etag, moment_at(0), status=Status.DONE)
                    entry = replace(known, own=OwnFile(*own), proof=Proof(proof))
                    yield path, Claim("", bucket == job.source.bucket, entry)

    @cached_property
    def _names(self) -> frozenset[str]:
        return self._records.names()


def _place(folder: Path, path: str) -> str:
    """Return the name of the record of a place."""
    full = os.path.normcase(plain(path_in(str(folder), path)))
    return hashlib.blake2b(full.encode(errors="surrogatepass"), digest_size=16).hexdigest()
