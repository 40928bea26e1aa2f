"""Pages: from the text of an answer to objects, by the quick way and by expat alike."""

import gc
from datetime import UTC, datetime
from urllib.parse import quote
from xml.sax.saxutils import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ossh.model import ObjectInfo, Thaw
from ossh.store.list_page import ListPage, parse_page
from tests.peaks import linux_only, peak_of

ENTRY = (
    "<Contents><Key>{key}</Key><LastModified>2026-01-02T03:04:05.000Z</LastModified>"
    "<ETag>&quot;5B3C1A2E053D763E1B002CC607C5A0FE&quot;</ETag><Type>Normal</Type>"
    "<Size>344606</Size><StorageClass>IA</StorageClass>{more}</Contents>"
)


def page_text(*entries: str, head: str = "", truncated: str = "false", token: str = "") -> bytes:
    """Return the body of a page."""
    next_token = f"<NextContinuationToken>{token}</NextContinuationToken>" if token else ""
    count = sum(one.count("<Contents>") + one.count("<CommonPrefixes>") for one in entries)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult>\n<Name>b</Name>'
        f"<Prefix></Prefix><MaxKeys>1000</MaxKeys>{head}<IsTruncated>{truncated}</IsTruncated>"
        f"{next_token}<KeyCount>{count}</KeyCount>{''.join(entries)}</ListBucketResult>"
    ).encode()


def entry(key: str, more: str = "") -> str:
    """Return one object's element."""
    return ENTRY.format(key=key, more=more)


URL = "<EncodingType>url</EncodingType>"


def test_archived_entries_say_how_far_they_are() -> None:
    states = [
        "",
        '<RestoreInfo>ongoing-request="true"</RestoreInfo>',
        '<RestoreInfo>ongoing-request="false", expiry-date="x"</RestoreInfo>',
    ]

    page = parse_page(page_text(*(entry(f"{n}", one) for n, one in enumerate(states)), head=URL))

    assert [info.thaw for info in page.objects] == [Thaw.NONE, Thaw.ONGOING, Thaw.DONE]


def test_a_token_is_encoded_as_the_keys_are() -> None:
    encoded = page_text(entry("a"), head=URL, truncated="true", token="a%252B%2B%2F%3D")
    plain = page_text(entry("a"), truncated="true", token="a%2B+/=")

    assert parse_page(encoded).token == "a%2B+/="
    assert parse_page(plain).token == "a%2B+/="


@settings(deadline=None)
@given(st.lists(st.text(st.characters(codec="utf-8"), min_size=1, max_size=40), max_size=8))
def test_every_key_comes_back_when_it_was_url_encoded(keys: list[str]) -> None:
    body = page_text(*(entry(quote(key, safe="-_.~")) for key in sorted(set(keys))), head=URL)

    assert [info.key for info in parse_page(body).objects] == sorted(set(keys))


@settings(deadline=None)
@given(
    st.lists(
        st.text(
            st.characters(
                codec="utf-8", exclude_categories=["Cc"], exclude_characters="\ufffe\uffff"
            ),
            min_size=1,
            max_size=40,
        ),
        max_size=8,
    )
)
def test_keys_that_were_not_encoded_are_not_decoded(keys: list[str]) -> None:
    body = page_text(*(entry(escape(key)) for key in sorted(set(keys))))

    assert [info.key for info in parse_page(body).objects] == sorted(set(keys))


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "the listing cannot be read: no element found"),
        (b"<html><p>Log in</html>", "the answer is not a listing but <html>"),
        (b"<!DOCTYPE html><html></html>", "the answer is not a listing: it has a document type"),
        (page_text(entry("a"))[:-5], "the listing cannot be read: unclosed token"),
        (
            page_text().replace(b"UTF-8", b"U-8"),
            "the listing cannot be read: unknown encoding: U-8",
        ),
        (
            page_text(truncated="true"),
            "the listing has more pages but does not say where the next one starts",
        ),
        (
            page_text(entry("a").replace("<Size>344606</Size>", "")),
            "an entry of the listing has no Size",
        ),
        (page_text(entry("a").replace("344606", "big")), "invalid literal"),
        (page_text(entry("a").replace("344606", f"{10**30}")), f"'{10**30}' is not an object size"),
        (page_text(entry("a").replace("344606", "-1")), "'-1' is not an object size"),
        (
            b"<ListBucketResult></ListBucketResult>",
            "the listing does not say whether there is more",
        ),
        (page_text(entry("a").replace("2026-01-02", "soon")), "Invalid isoformat string"),
        (
            b"<ListBucketResult><IsTruncated>false</IsTruncated><Contents/></ListBucketResult>",
            "an entry of the listing has no Key",
        ),
        (
            page_text(entry("a"), entry("b")).replace(b"<KeyCount>2", b"<KeyCount>5"),
            "a page of the listing should have 5 entries, but has 2",
        ),
        (
            page_text(entry("a"), entry("b")).replace(b">1000<", b">1<"),
            "a page of the listing should have 1 entries, but has 2",
        ),
        (page_text(entry("b"), entry("a")), "the listing is out of order: it has 'a' after 'b'"),
        (page_text(entry("a"), entry("a")), "the listing is out of order: it has 'a' after 'a'"),
        (
            page_text(
                *(f"<CommonPrefixes><Prefix>{one}</Prefix></CommonPrefixes>" for one in "ba")
            ),
            "the listing is out of order: it has 'a' after 'b'",
        ),
        (
            page_text(entry("a"), token="abc="),
            "the listing says both that it ends here and where it continues",
        ),
        (
            page_text(entry("a"), "<IsTruncated>true</IsTruncated>"),
            "the listing has two different values of IsTruncated",
        ),
        (
            page_text(entry("a"), "<StartAfter>%2Fx</StartAfter>", head=URL),
            "the listing answers another request: its StartAfter is '%2Fx'",
        ),
        (
            page_text(entry("a")).replace(b"<Prefix></", b"<Prefix>logs/</"),
            "the listing answers another request: its Prefix is 'logs/'",
        ),
        (
            page_text(entry("a"), "<ContinuationToken>t2</ContinuationToken>"),
            "the listing answers another request: its ContinuationToken is 't2'",
        ),
    ],
)
def test_what_is_no_page_or_contradicts_itself_or_its_request_is_refused(
    body: bytes, reason: str
) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        parse_page(body, {"continuation-token": "t1"})

    assert str(caught.value).startswith(reason)


def test_a_page_may_repeat_its_request_encoded_or_as_it_was() -> None:
    repeated = "<Prefix>a%2Fb%20</Prefix><StartAfter>%2F</StartAfter>"
    body = page_text(head=URL).replace(b"<Prefix></Prefix>", repeated.encode())

    for asked in (
        {"prefix": "a/b ", "start-after": "/"},
        {"prefix": "a%2Fb%20", "start-after": "/"},
    ):
        assert parse_page(body, asked).objects == ()


# What expat reads and what is lifted out before are one


def parsed(body: bytes) -> ListPage | None:
    """Return the page that a body holds, None when it is refused."""
    try:
        return parse_page(body)
    except ValueError:
        return None


def parsed_by_expat(body: bytes) -> ListPage | None:
    """Return the same of a body whose root has an attribute, which is unusual enough."""
    return parsed(body.replace(b"<ListBucketResult", b'<ListBucketResult odd="1"', 1))


# What may turn an entry into none, or into another one, depending on where it is put.
ODD = [
    *("<!--", "-->", "<![CDATA[", "]]>", "<?x ", "?>", "<!DOCTYPE x>", "&quot;", "&#47;", "&"),
    *('"', "<", ">", "\n", "\r\n", "\x1c", "\x0c", "\0", "\x7f", " ", "x", "\ufeff", "\uffff", "ü"),
    *("%2F", "%", "%00", "%FF", "%E4%B8%AD", "+", "-1", "9" * 18, "Z", "+08:00"),
    *("<Key>", "</Key>", "<Key>k</Key>", "<Type>T</Type>", "<Type/>", "<Size>7</Size>", "<Name>"),
    *("</Name>", "<Owner><ID>1</ID></Owner>", "<Contents>", "</Contents>", "<Contents/>", "<a x='"),
    *("<CommonPrefixes><Prefix>p</Prefix></CommonPrefixes>", "</ListBucketResult>", "'>", "<a/>"),
    *("<EncodingType>", "</EncodingType>", "<IsTruncated>false</IsTruncated>"),
]
odd_places = st.lists(st.tuples(st.floats(0, 1), st.sampled_from(ODD)), max_size=3)


@settings(deadline=None, max_examples=500)
@given(st.integers(0, 3), st.sampled_from(["", URL]), st.sampled_from(["", "\n  "]), odd_places)
def test_a_page_is_the_same_whoever_reads_it(
    number: int, head: str, gap: str, places: list[tuple[float, str]]
) -> None:
    entries = [entry(f"logs%2F{n}") + gap for n in range(number)]
    text = page_text(*entries, head=head, truncated="true", token="t").decode()
    for place, odd in places:
        at = round(place * len(text))
        text = text[:at] + odd + text[at:]

    assert parsed(text.encode()) == parsed_by_expat(text.encode())


@settings(deadline=None)
@given(st.lists(st.sampled_from(ODD), min_size=1, max_size=4), st.sampled_from(["", URL]))
def test_a_field_is_the_same_whoever_reads_it(odd: list[str], head: str) -> None:
    for field in ("logs%2Fa", "2026-01-02T03:04:05.000Z", "5B3C1A2E", "Normal", "344606", "IA"):
        text = page_text(entry("logs%2Fa"), entry("logs%2Fb"), head=head).decode()
        body = text.replace(field, field + "".join(odd), 1).encode()

        assert parsed(body) == parsed_by_expat(body)


@pytest.mark.parametrize("quotes", ['"', "&quot;"])
@pytest.mark.parametrize("kind", ["", "<Type>Multipart</Type>"])
@pytest.mark.parametrize("gap", ["", "\n    "])
@pytest.mark.parametrize("start", ["", '<?xml version="1.0" encoding="utf-8"?>', "<!-- a note -->"])
def test_entries_are_read_however_they_are_laid_out(
    quotes: str, kind: str, gap: str, start: str
) -> None:
    fields = (
        "<Contents>",
        "<Key>a%20{}</Key>",
        "<LastModified>2026-01-02T03:04:05.000Z</LastModified>",
        f"<ETag>{quotes}E1{quotes}</ETag>",
        kind,
        "<Size>7</Size>",
        "<StorageClass>IA</StorageClass>",
        "</Contents>",
    )
    entries = "".join(gap.join(fields).format(name) for name in "bc")
    text = f"<ListBucketResult>{URL}<IsTruncated>false</IsTruncated>{entries}{gap}"

    page = parse_page(f"{start}{text}</ListBucketResult>".encode())

    modified = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    kind = "Multipart" if kind else "Normal"
    one, other = (ObjectInfo(f"a {name}", 7, "E1", modified, kind, "IA") for name in "bc")
    assert page == ListPage((one, other), (), "")


def test_what_the_page_says_of_itself_is_not_taken_for_an_entrys() -> None:
    text = page_text(entry("a").replace("<Type>Normal</Type>", ""), head="<Type>Page</Type>")

    assert [one.type for one in parse_page(text).objects] == ["Normal"]
    assert parsed(text) == parsed_by_expat(text)


def test_a_page_that_was_read_leaves_nothing_behind() -> None:
    while gc.collect():
        pass  # what finalizers of others leave
    gc.disable()
    try:
        parse_page(page_text(entry("a"), entry("b", "<More></More>")))
        left = gc.collect()
    finally:
        gc.enable()

    assert left == 0


_PARSE = """
import sys
from ossh.store.list_page import parse_page

unit, size = sys.argv[1].encode(), 8 << 20
head = b"<ListBucketResult>" + sys.argv[2].encode()
count = (size - len(head)) // len(unit)
try:
    parse_page(head + unit * count)
except ValueError as error:
    print(error)
"""


@linux_only
@pytest.mark.parametrize(
    ("unit", "head"),
    [
        ("<a>", ""),
        ("<a/>", ""),
        ("<Contents></Contents>", ""),
        (entry("a"), ""),
        (" a=''", "<a"),
        ("x", "<!--"),
        ("<!---->", ""),
    ],
    ids=["nested", "flat", "contents", "usual", "attributes", "comment", "comments"],
)
def test_a_page_far_beyond_a_thousand_keys_is_refused_in_little_time_and_memory(
    unit: str, head: str
) -> None:
    mebibytes, seconds, said = peak_of(_PARSE, [unit, head])

    assert said == "the listing contains far more than was requested\n"
    assert mebibytes < 100
    assert seconds < 1


def test_the_longest_page_is_read() -> None:
    keys = sorted(f"{number:04d}" + "%F0%9F%98%80" * 254 for number in range(1000))
    more = "<Owner><ID>1234567890123456</ID><DisplayName>1234567890123456</DisplayName></Owner>"

    page = parse_page(page_text(*(entry(key, more) for key in keys), head=URL))

    assert [info.size for info in page.objects] == [344606] * 1000
