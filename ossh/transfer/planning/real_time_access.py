"""Whether archived objects can be read as they are, as the answer to one request shows. Pure.

Objects of class Archive can, in a bucket with real-time access; a listing does not say. So a run
asks for one of them, and the others wait for what it learns; the cold classes are never asked.

Source: OSS developer guide, "Real-time access of Archive objects".
"""

from dataclasses import dataclass

from ossh.model import Cause, Entry, ObjectInfo, Thaw
from ossh.store.restore import REAL_TIME_CLASS
from ossh.transfer.messages import Done, Failed, Fetch, Reply
from ossh.transfer.scheduling.retry_policy import DECISIONS, Decision


@dataclass(slots=True, eq=False)
class RealTimeAccess:
    """What a run knows of its archived objects."""

    is_real_time: bool | None = None  # None until an answer told
    _candidate: str = ""
    _asked: str = ""

    def is_readable(self, info: ObjectInfo) -> bool:
        """Return whether an object is to be asked for."""
        if not info.is_frozen:
            return True
        return info.storage_class == REAL_TIME_CLASS and bool(self.is_real_time)

    def consider(self, info: ObjectInfo) -> None:
        """Let an object that is archived serve as the test, if it can and none does yet."""
        may_tell = info.storage_class == REAL_TIME_CLASS and info.thaw is Thaw.NONE
        if may_tell and not self._candidate and self.is_real_time is None:
            self._candidate = info.key

    def take_test(self) -> str:
        """Return, once, the key to ask for; "" when nothing is to be asked now."""
        if self.is_real_time is not None or self._asked:
            return ""
        self._asked = self._candidate
        return self._asked

    def hear(self, reply: Reply) -> bool:
        """Learn from a reply; True when it turned out that archived objects can be read."""
        if self.is_real_time is not None or not self._asked:
            return False
        match reply:
            case Done(task=Fetch(entry=Entry(key=self._asked))):
                self.is_real_time = True
                return True
            case Failed(task=Fetch(entry=Entry(key=self._asked)), failure=failure):
                if failure.cause is Cause.ARCHIVED:
                    self.is_real_time = False
                elif DECISIONS[failure.cause] is Decision.GIVE_UP:
                    self._asked = self._candidate = ""  # it says nothing of the others
        return False
