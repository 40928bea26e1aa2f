"""Verifying the files of a job again."""

from typing import TYPE_CHECKING

from ossh.session.ledger import named_job, reader_of
from ossh.session.state import Session

if TYPE_CHECKING:
    from ossh.transfer.verify import Verification


def start_verifying(session: Session, name: str, limit: int) -> "Verification":
    """Start to verify the tree of a job.

    Args:
        session: Where the user stands.
        name: Of the job; "" means the open one.
        limit: How many findings of each kind are kept.

    Raises:
        UsageError: There is no such job, it has never run, or it is running in the background.
        JobFileError: It cannot be used.
    """
    from ossh.transfer.verify import Verification  # noqa: PLC0415 - brings SQLite

    job = named_job(session, name)
    session.runs.refuse_if_alive(job)
    reader_of(job)
    verification = Verification(job, limit=limit)
    verification.start()
    return verification
