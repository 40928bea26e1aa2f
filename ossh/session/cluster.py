"""Other machines instead of this one's lanes; Dask is imported only when it is asked for."""

import sys
from typing import TYPE_CHECKING

from ossh.errors import UsageError
from ossh.language import _

if TYPE_CHECKING:
    from ossh.transfer.lanes import NewFetching


def cluster(address: str) -> "NewFetching":
    """Return what makes the workers of a Dask scheduler fetch.

    Raises:
        UsageError: Dask is not installed.
    """
    try:
        from ossh.cluster import Cluster  # noqa: PLC0415 - Dask takes half a second to import
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] == "ossh":
            raise
        is_frozen = getattr(sys, "frozen", False)
        problem = _("'--dask' needs Dask, which is not installed")
        if is_frozen:
            problem = _("'--dask' needs Dask, which this executable does not include")
        raise UsageError(problem, hint="pip install 'ossh[cluster]'") from error
    return Cluster(address)
