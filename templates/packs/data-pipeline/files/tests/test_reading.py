import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from {{ module }}.errors import InputError
from {{ module }}.reading import RawRow, read

COLUMNS = ["id", "text"]


def write(folder: Path, content: bytes) -> str:
    path = folder / "input.csv"
    path.write_bytes(content)
    return str(path)


def test_rows_know_the_line_on_which_they_begin(tmp_path: Path) -> None:
    source = write(tmp_path, b'id,text\n1,"two\nlines"\n\n2,one\n')
    rows = list(read(source, COLUMNS))
    assert [row.line for row in rows] == [2, 5]
    assert isinstance(rows[0], RawRow)
    assert rows[0].values == {"id": "1", "text": "two\nlines"}


@pytest.mark.parametrize("content", [b"text,id\r\nx,1\r\n", b"\xef\xbb\xbfid,text\n1,x"])
def test_other_ends_of_lines_orders_of_columns_and_marks_are_read(
    tmp_path: Path, content: bytes
) -> None:
    (row,) = read(write(tmp_path, content), COLUMNS)
    assert isinstance(row, RawRow)
    assert row.values == {"id": "1", "text": "x"}


def test_a_row_of_another_length_is_rejected_and_the_next_one_read(tmp_path: Path) -> None:
    rows = list(read(write(tmp_path, b"id,text\n1\n2,x,y\n3,z\n"), COLUMNS))
    assert [isinstance(row, RawRow) for row in rows] == [False, False, True]


@pytest.mark.parametrize(
    "content",
    [b"", b"id\n1\n", b"id,text,more\n", b"id,id\n", b"id,text\n1,\xff\n", b'id,text\n1,"x"y\n'],
)
def test_what_is_no_such_file_is_refused_as_a_whole(tmp_path: Path, content: bytes) -> None:
    source = write(tmp_path, content)
    with pytest.raises(InputError, match="input"):
        list(read(source, COLUMNS))


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="absent"):
        list(read(str(tmp_path / "absent"), COLUMNS))


TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), min_size=1)


@given(st.lists(TEXTS, max_size=5))
def test_any_text_comes_through_as_it_was(texts: list[str]) -> None:
    written = io.StringIO(newline="")
    csv.writer(written).writerows([COLUMNS, *(["1", text] for text in texts)])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.stdin", io.StringIO(written.getvalue(), newline=""))
        rows = list(read("-", COLUMNS))
    assert [row.values["text"] for row in rows if isinstance(row, RawRow)] == texts
