"""Which leading folders of a key its local path leaves out: all, some, or those of the prefix."""

from ossh import paths
from ossh.model import ObjectInfo, value


@value
class Layout:
    """How the paths of a job are made from its keys, before a disk has its say.

    A key keeps the last part of its name, whatever is left out. Where that gives two keys one path,
    the later one gets another, as for any names that clash.
    """

    prefix: str  # that is listed: paths start after its last "/"
    flat: bool = False  # only the last part of a key is left
    strip: int = 0  # this many folders are left out, if there are as many

    @property
    def is_usual(self) -> bool:
        """Return whether nothing but the prefix is left out."""
        return not (self.flat or self.strip)

    def left_out(self, key: str) -> str:
        """Return the start of a key that its path lacks, up to a "/"."""
        start, ends = self._folders(key)
        cut = ends if self.flat else ends[: self.strip]
        return key[: start + (cut[-1] if cut else 0)]

    def is_short(self, key: str) -> bool:
        """Return whether a key has fewer folders than are to be left out."""
        return bool(self.strip) and len(self._folders(key)[1]) < self.strip

    def drops(self, info: ObjectInfo) -> bool:
        """Return whether an object only stands for a folder that is left out."""
        return paths.stands_for_folder(info) and (self.flat or self.is_short(info.key))

    def _folders(self, key: str) -> tuple[int, list[int]]:
        """Return where the name of a key begins, and where the folders in that name end."""
        name = key.removeprefix(paths.folder_of(self.prefix))
        return len(key) - len(name), [one.end() for one in paths.STRUCTURE.finditer(name)]
