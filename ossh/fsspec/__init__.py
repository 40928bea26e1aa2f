"""Objects as files for pandas, PyArrow, DuckDB and all else that reads through fsspec."""
