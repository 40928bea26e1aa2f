"""Files of Python where somebody else can write; each notes that it ran."""

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

# Whatever Python, ossh or a library of theirs may import: one that is loaded already is no trap.
NAMES = (
    *(one for one in sys.stdlib_module_names if not one.startswith("_")),
    *("sitecustomize", "usercustomize", "pycurl", "readline", "brotli", "pyarrow", "cmd2", "oss2"),
)


@dataclass(frozen=True)
class Traps:
    """Modules that note that they ran in a file, which lies elsewhere."""

    note: Path

    def text(self, name: str) -> str:
        return f"open({str(self.note)!r}, 'a').write('{name}\\n')\n"

    def plant(self, folder: Path, names: Iterable[str] = NAMES) -> None:
        """Put them into a folder, and a package that is called ossh."""
        for name in names:
            (folder / f"{name}.py").write_text(self.text(name), "utf-8")
        (folder / "ossh").mkdir(exist_ok=True)
        (folder / "ossh" / "__init__.py").write_text(self.text("ossh"), "utf-8")

    @property
    def ran(self) -> list[str]:
        return self.note.read_text("utf-8").splitlines() if self.note.exists() else []
