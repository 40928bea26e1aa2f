"""Reads ranges of one object's stored bytes, in any order, all of one version."""

from ossh.model import ObjectInfo
from ossh.store.bulk_reader import BulkReader
from ossh.store.wanted import Wanted, contradiction, reading_error, unproved


class ObjectRanges:
    """The bytes of one object as it was when `info` was seen; safe to use from several threads.

    Of `info`, its key, size and ETag count.
    """

    def __init__(
        self, reader: BulkReader, bucket: str, info: ObjectInfo, *, version_id: str = ""
    ) -> None:
        self.info = info
        self._crc64 = ""  # the service's, of the whole object, once it has answered
        self._reader = reader
        self._bucket = bucket
        self._version_id = version_id

    def read(self, start: int, stop: int) -> bytes:
        """Return the bytes from `start` up to `stop`, which is at most the object's size.

        A long range is several requests, some of them at once.

        Raises:
            StoreError: The object is gone, was replaced, or is not available.
        """
        info = self.info
        wanted = Wanted(
            self._bucket,
            info.key,
            start=start,
            stop=stop,
            version_id=self._version_id,
            etag=info.etag,
            size=info.size,
            crc64=self._crc64,
        )
        for one in self._reader.read([wanted]):
            if one.error is not None:
                raise one.error
        self._crc64 = wanted.crc64  # which it has kept if this answer had none
        return wanted.data

    def prove(self, crc64: int, *, strictly: bool = False) -> None:
        """Compare the CRC64 of all bytes with the service's, where it has one.

        Raises:
            StoreError: They differ; `strictly`: or it has none.
        """
        if strictly and not self._crc64:
            raise unproved(self.info.key)
        if why := contradiction(crc64, self._crc64):
            raise reading_error(self.info.key, why)
