"""What programs that read a tar say of one."""

import io
import shutil
import subprocess
import tarfile

_REFUSED = "refused"
_PROGRAMS = tuple(name for name in ("tar", "bsdtar") if shutil.which(name))


def verdicts(data: bytes, through: str = "") -> dict[str, str]:
    """Return what each reader says of an archive: "" is that it is whole.

    Args:
        data: The archive.
        through: A program of a pipe that packs it on the way.
    """
    found = {name: _tarfile(data, mode) for name, mode in (("file", "r:"), ("pipe", "r|"))}
    option, packed = list[str](), data
    if through:
        option = [f"--{through}"]
        packed = subprocess.run([through], input=data, capture_output=True, check=True).stdout
    for name in _PROGRAMS:
        done = subprocess.run(
            [name, *option, "-tf", "-"], input=packed, capture_output=True, check=False
        )
        found[name] = _REFUSED if done.returncode else done.stderr.decode()
    return found


def accepting(data: bytes, through: str = "") -> list[str]:
    """Return the readers that take an archive for whole, be it with a warning."""
    return [name for name, told in verdicts(data, through).items() if told != _REFUSED]


def _tarfile(data: bytes, mode: str) -> str:
    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode=mode) as archive:  # type: ignore[call-overload]
            for _ in archive:
                pass
    except tarfile.TarError:
        return _REFUSED
    return ""
