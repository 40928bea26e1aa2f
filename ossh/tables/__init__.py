"""What a file of rows holds, its first rows in the words that people read: CSV, JSON, Parquet."""

from ossh.tables.parquet_table import ParquetObject, is_parquet
from ossh.tables.text_table import Table, is_text_table, text_table

__all__ = ["ParquetObject", "Table", "is_parquet", "is_text_table", "text_table"]
