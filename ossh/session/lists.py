"""Lists of keys for a job to fetch: those in a file, or those that another job lacks."""

from pathlib import Path

from ossh.errors import UsageError
from ossh.job import keys, load
from ossh.language import _
from ossh.paths import printable
from ossh.session.place import Place


def keys_from(text: str, here: Place, jobs: Path) -> tuple[str, ...]:
    """Return the keys that a text stands for, sorted.

    Args:
        text: A file that lists keys, but no folder; else a job, by its name, its file or its
            manifest, which stands for what failed in it, is gone or archived.
        here: The place the keys belong to.
        jobs: The jobs folder.

    Raises:
        UsageError: There is no such list or job, or it has no key; or the job is of another bucket.
        ManifestError: The job's manifest cannot be used.
        LocalError: It cannot be read.
    """
    path = Path(text).expanduser()
    if path.suffix not in {".toml", ".sqlite"}:
        named = jobs / f"{text}.toml"
        if not named.exists() or (path.exists() and not path.is_dir()):
            return keys.read(path, jobs=jobs)
        path = named
    return _missing(path.with_suffix(".toml"), here)


def _missing(path: Path, here: Place) -> tuple[str, ...]:
    """Return the keys of what is not at a job's target though the job has tried."""
    from ossh.manifest import ManifestReader  # noqa: PLC0415 - brings SQLite

    name = printable(path.stem)
    if path.exists() and (bucket := load(path).source.bucket) != here.bucket:
        text = _("the job '{name}' is for another bucket, {bucket}").format(
            name=name, bucket=bucket
        )
        raise UsageError(text, hint=f"cd oss://{bucket}/")
    entries = ManifestReader(path.with_suffix(".sqlite")).not_at_target()
    missing = tuple(sorted(entry.key for entry in entries))
    if not missing:
        text = _("the job '{name}' has no failures").format(name=name)
        raise UsageError(text, hint=_("'status' shows its progress, 'get' resumes it"))
    return missing
