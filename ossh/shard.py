"""One of several equal shares of a bucket's keys. Pure.

A share is determined by the hash of the key alone, so that machines that know nothing of each other
agree: each key belongs to just one of N shares, today and in every version of ossh.
"""

import re
from collections.abc import Mapping
from hashlib import blake2b

from ossh.errors import UsageError
from ossh.language import Words, _
from ossh.model import value

AUTO = "auto"
MOST = 1_000_000  # shares; far beyond any batch array

_NUMBER = "[0-9]{1,9}"
_FORM = f"({_NUMBER})/({_NUMBER})"
_HINT = Words("write I/N with I from 1 to N, such as 3/16")


@value
class Shard:
    """Share `number`, from 1, of `of` shares; a UsageError where there is no such share."""

    number: int
    of: int

    def __post_init__(self) -> None:
        if not 1 <= self.number <= self.of <= MOST:
            raise UsageError(_("there is no shard {shard}").format(shard=self), hint=_HINT)

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"

    @property
    def suffix(self) -> str:
        """Return the end of its files' names, which tells them from those of other shares."""
        return f"-{self.number}-of-{self.of}"

    def holds(self, key: str) -> bool:
        digest = blake2b(key.encode(errors="surrogatepass"), digest_size=8).digest()
        return int.from_bytes(digest) % self.of == self.number - 1


def parse(text: str) -> Shard:
    """Return the share that "I/N" means; raise UsageError if it means none."""
    found = re.fullmatch(_FORM, text.strip())
    if found is None:
        raise UsageError(_("'{text}' is not a shard").format(text=text), hint=_HINT)
    return Shard(int(found[1]), int(found[2]))


def resolve(text: str, environ: Mapping[str, str]) -> Shard:
    """Return the share that "I/N", "auto" or "auto/N" means to this process.

    The variables say which task of a batch array it is.

    Raises:
        UsageError: It means none, or no batch system says which.

    Source: Slurm's sbatch, "Job arrays" (SLURM_ARRAY_TASK_ID and its _COUNT, _MIN, _STEP);
    Kubernetes, "Job", completion mode Indexed (JOB_COMPLETION_INDEX, from 0).
    """
    word, _slash, many = text.strip().partition("/")
    if word != AUTO:
        return parse(text)
    if "SLURM_ARRAY_TASK_ID" in environ:
        first, step = _number(environ, "MIN", 1), _number(environ, "STEP", 1)
        number = (_number(environ, "ID", 0) - first) // max(1, step) + 1
        many = many or environ.get("SLURM_ARRAY_TASK_COUNT", "")
    elif "JOB_COMPLETION_INDEX" in environ:
        index = environ["JOB_COMPLETION_INDEX"]
        number = int(index) + 1 if re.fullmatch(_NUMBER, index) else 0
    else:
        raise UsageError(
            _("'--shard auto' found no batch array"),
            hint=_(
                "neither SLURM_ARRAY_TASK_ID nor JOB_COMPLETION_INDEX is set; write I/N instead"
            ),
        )
    if not many:
        raise UsageError(
            _("the batch system does not say how many tasks there are"),
            hint=_("write --shard auto/N with the number of completions for N"),
        )
    return parse(f"{max(0, number)}/{many}")


def _number(environ: Mapping[str, str], what: str, usual: int) -> int:
    text = environ.get(f"SLURM_ARRAY_TASK_{what}", "")
    return int(text) if re.fullmatch(_NUMBER, text) else usual
