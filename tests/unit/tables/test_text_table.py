"""The first rows of CSV, TSV and JSON lines."""

import pytest

from ossh.tables import Table, is_parquet, is_text_table, text_table


@pytest.mark.parametrize(
    ("key", "is_one"),
    [
        ("a.csv", True),
        ("a.CSV", True),
        ("logs/a.tsv.gz", True),
        ("a.jsonl", True),
        ("a.ndjson.gz", True),
        ("a.json", False),
        ("a.csv.zip", False),
        ("csv", False),
    ],
)
def test_the_name_says_what_is_a_table(key: str, *, is_one: bool) -> None:
    assert is_text_table(key) is is_one
    assert is_parquet("x/DATA.parquet")
    assert not is_parquet(key)


@pytest.mark.parametrize(
    ("key", "text", "table"),
    [
        ("a.csv", "a,b\n1,2\n", Table(("a", "b"), (("1", "2"),))),
        ("a.csv", "\ufeffa,b\r\n1,2\r\n\r\n", Table(("a", "b"), (("1", "2"),))),
        ("a.csv", 'a;b\n"1;x";2\n', Table(("a", "b"), (("1;x", "2"),))),
        ("a.csv", "a,b\n1\n1,2,3\n", Table(("a", "b", ""), (("1", "", ""), ("1", "2", "3")))),
        ("a.csv", 'a,b\n"two\nlines",2\n', Table(("a", "b"), (("two\nlines", "2"),))),
        ("a.tsv", "a,b\tc\n1\t2\n", Table(("a,b", "c"), (("1", "2"),))),
        (
            "a.jsonl",
            '{"a": 1, "b": "x"}\n\n{"b": null, "c": [1, {"d": "é"}]}\n{"a": 2}\n',
            Table(("a", "b", "c"), (("1", "x", ""), ("", "", '[1, {"d": "é"}]'))),
        ),
        ("a.jsonl", "1\n[2]\n", Table(("",), (("1",), ("[2]",)))),
    ],
)
def test_rows_are_read_as_people_write_them(key: str, text: str, table: Table) -> None:
    assert text_table(key, text.encode(), 2) == table


@pytest.mark.parametrize(
    ("key", "begin"),
    [
        ("a.csv", b""),
        ("a.csv", b"\n\n"),
        ("a.csv", b"\xff\xfea\x00"),
        ("a.csv", b"a" * 200_000 + b"\n"),
        ("a.jsonl", b'{"a": 1}\n{"a":'),
        ("a.jsonl", b"[" * 100_000),
        ("a.jsonl", b"\n"),
    ],
)
def test_what_is_no_table_is_none(key: str, begin: bytes) -> None:
    assert text_table(key, begin, 10) is None


@pytest.mark.fault("F55")
@pytest.mark.parametrize(
    ("key", "begin"),
    [
        ("a.csv", b"," * 500_000 + b"\n" + b"x\n" * 10),
        ("a.jsonl", b"".join(b'{"%d": 1}\n' % number for number in range(2000))),
    ],
)
def test_rows_times_columns_beyond_all_measure_are_no_table(key: str, begin: bytes) -> None:
    assert text_table(key, begin, 5000) is None
