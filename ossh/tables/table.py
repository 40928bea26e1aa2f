"""Some rows of a table."""

from ossh.model import value


@value
class Table:
    """Rows as text; each has a cell for each column."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    cut: tuple[str, ...] = ()  # columns of which not all is here, as it is too large
