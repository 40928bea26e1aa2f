"""What sources of keys may use of the world outside ossh: variables, files, the network."""

import os
from collections.abc import Mapping
from pathlib import Path

from ossh.errors import UsageError
from ossh.language import _
from ossh.model import Route, value
from ossh.store.credentials.config_files import Profile, aliyun_profiles, ossutil_profiles


def home() -> Path:
    """Return the folder that "~" means: the root where there is none, never the current folder.

    Files in it name programs, and without an account, "~" would be a name like any other.
    """
    found = Path(os.path.expanduser("~"))  # noqa: PTH111 - Path.home() fails without a home
    return found if found.is_absolute() else Path(Path.cwd().anchor)


@value
class Environment:
    """Variables, files and network, as one session sees them."""

    environ: Mapping[str, str]
    home: Path  # the folder that "~" means
    route: Route = Route()  # to servers that are not on this machine
    depth: int = 0  # number of profiles that led to the current one

    def variable(self, name: str) -> str:
        """Return a variable without spaces around it, "" when it is not set."""
        return self.environ.get(name, "").strip()

    def switch(self, name: str) -> bool:
        """Return whether a variable is on, in any way that the Alibaba Cloud SDKs accept."""
        return self.variable(name).lower() in {"1", "true", "yes", "on"}

    def path(self, name: str) -> Path:
        """Return a path from a setting, which may start with "~/"."""
        return self.home / name[2:] if name.startswith(("~/", "~\\")) else Path(name)

    def ossutil(self) -> dict[str, Profile]:
        """Return the profiles of the ossutil file by name.

        Raises:
            UsageError: It cannot be understood, or the variable that names it is wrong.
        """
        named = self.variable("OSS_CONFIG_FILE")
        if not named:
            return ossutil_profiles(self.home / ".ossutilconfig", "~/.ossutilconfig")
        path = self.path(named)
        if not path.exists():
            raise UsageError(
                _("OSS_CONFIG_FILE names {named!r}, which does not exist").format(named=named),
                hint=_("correct or unset OSS_CONFIG_FILE"),
            )
        return ossutil_profiles(path, named)

    def aliyun(self) -> tuple[str, dict[str, Profile]]:
        """Return the current profile's name and the profiles of the aliyun CLI's file.

        Raises:
            UsageError: It cannot be understood.
        """
        return aliyun_profiles(self.home / ".aliyun" / "config.json", "~/.aliyun/config.json")
