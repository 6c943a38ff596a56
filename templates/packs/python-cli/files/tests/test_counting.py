import io

import pytest

from {{ module }}.counting import Counts, count

TEXTS = [b"", b" ", b"\n", b"a", b"a b", b" a\n", b"one two\nthree", b"\r\n\t \xff\x00 x\n\n"]


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("chunk_bytes", [1, 2, 3, 1000])
def test_where_a_stream_is_cut_makes_no_difference(text: bytes, chunk_bytes: int) -> None:
    assert count(io.BytesIO(text), chunk_bytes) == Counts(
        lines=text.count(b"\n"), words=len(text.split()), size_bytes=len(text)
    )
