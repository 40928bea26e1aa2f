"""What each control call does, in the server."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from inspect import isawaitable
from operator import attrgetter
from typing import Any

from ossh.demo.content.buckets import MemoryBucket, make_object
from ossh.demo.refusal import Refusal, no_such_bucket
from ossh.demo.service import objects
from ossh.demo.service.authentication import Account
from ossh.demo.service.faults import make_fault
from ossh.demo.service.object_store import ObjectStore


@dataclass(eq=False)
class Control:
    """Answers control calls; each names a method of this, or of what this has."""

    store: ObjectStore
    fresh: Callable[[], ObjectStore]  # returns a store as it is after a start
    switch: Callable[..., Awaitable[None]]  # off the network, and back in so many seconds

    async def answer(self, name: str, arguments: dict[str, Any]) -> tuple[str, Any]:
        """Run a control call; return what is wrong, and its result."""
        try:
            result: Any = attrgetter(name)(self)(**arguments)
            return "", await result if isawaitable(result) else result
        except Refusal as refusal:
            return f"{refusal.code}: {refusal.message}", None
        except Exception as error:  # noqa: BLE001 - only this call fails
            return f"{type(error).__name__}: {error}", None

    def _changeable(self, name: str) -> MemoryBucket:
        bucket = self.store.buckets.get(name)
        if not isinstance(bucket, MemoryBucket):
            raise no_such_bucket(name) if bucket is None else ValueError(f"{name} is read-only")
        return bucket

    def put(self, bucket: str, key: str, body: bytes = b"", **fields: Any) -> object:  # noqa: ANN401 - of an object
        home = self._changeable(bucket)
        is_generated = "size" in fields or "symlink_to" in fields
        fields.setdefault("modified", self.store.now())
        stored = make_object(key, None if is_generated else body, **fields)
        home.put(stored)
        put = home.get(stored.key) or stored
        return {"etag": put.etag, "version_id": put.version_id}

    def fill(self, bucket: str, pattern: str, count: int, **fields: Any) -> None:  # noqa: ANN401 - as above
        """Put `count` generated objects; `pattern` is formatted with their number."""
        home = self._changeable(bucket)
        fields.setdefault("modified", self.store.now())
        for number in range(count):
            home.put(make_object(pattern.format(number), **fields))

    def delete(self, bucket: str, key: str, marker: str, modified: float | None = None) -> None:
        moment = self.store.now() if modified is None else modified
        self._changeable(bucket).delete(key, marker, moment)

    def body(self, bucket: str, key: str) -> bytes:
        home = self.store.buckets.get(bucket)
        if home is None:
            raise no_such_bucket(bucket)
        stored = objects.follow(home, objects.find(home, key, {}))
        return stored.content.read(0, stored.size)

    def bucket(self, name: str, *, public: bool, elsewhere: str) -> None:
        self.store.buckets[name] = MemoryBucket(name, public=public, elsewhere=elsewhere)

    def versioning(self, bucket: str, status: str) -> None:
        self._changeable(bucket).versioning = status

    def fault(self, *, instead: bool = False, **options: Any) -> None:  # noqa: ANN401 - of its kind
        """Arm a fault; with `instead`, disarm all others in the same moment."""
        fault = make_fault(**options)
        if instead:
            self.store.faults.clear()
        self.store.faults.append(fault)

    def credentials(self, *, keep: bool, **parts: Any) -> None:  # noqa: ANN401 - of an account
        """Accept only these credentials, or with `keep` these too."""
        if not keep:
            self.store.accounts.clear()
        account = Account(**parts)
        self.store.accounts[account.id] = account

    def clock(self, offset_seconds: float) -> None:
        self.store.clock_offset = float(offset_seconds)

    def archive(
        self, bucket: str, thaw_seconds: float | None = None, *, real_time: bool | None = None
    ) -> None:
        """Set how long a restore takes, and whether a bucket's class Archive needs one."""
        restores = self.store.restores
        if thaw_seconds is not None:
            restores.thaw_seconds = float(thaw_seconds)
        if real_time is not None:
            change = restores.real_time.add if real_time else restores.real_time.discard
            change(bucket)

    def reset(self) -> None:
        self.store.become(self.fresh())
