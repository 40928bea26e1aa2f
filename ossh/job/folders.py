"""The folders where jobs are kept."""

from pathlib import Path

from ossh.paths import roomy


def own_folder() -> Path | None:
    """Return the user's own folder of jobs, which may be missing; None where there is no home."""
    from platformdirs import user_data_path  # noqa: PLC0415 - only where jobs are looked for

    try:
        folder = user_data_path("ossh") / "jobs"
    except RuntimeError:  # the user has no home
        return None
    return roomy(folder) if folder.is_absolute() else None
