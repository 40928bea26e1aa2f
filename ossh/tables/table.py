"""Some rows of a table."""

from ossh.model import value


@value
class Table:
    """Rows as text; each has a cell for each column."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
