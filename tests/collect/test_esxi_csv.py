"""Tables of esxcli, as they are and as somebody made them."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ospatrol.collect.esxi_csv import NotRowsError, read_rows
from tests.esxi.printed import csv_of


def test_a_table_has_sorted_columns_and_commas_at_the_ends():
    text = 'AcceptanceLevel,Name,Portgroups,\nVMwareCertified,esx-base,"VM Network,Management Network,",\n'

    (row,) = read_rows(text, "name")

    assert dict(row) == {
        "acceptancelevel": "VMwareCertified",
        "name": "esx-base",
        "portgroups": "VM Network,Management Network",
    }


def test_a_column_is_known_however_it_is_written():
    assert read_rows("User ID,Shell Access,\nroot,true,\n", "userid")[0]["shellaccess"] == "true"


@pytest.mark.parametrize("text", ["", "\n", "\r\n\n"])
def test_nothing_is_no_row(text: str):
    assert read_rows(text, "name") == ()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("Errors:\n   Connection failed\n", "no column 'name'"),
        ("Name,\na,b,\n", "longer or shorter"),
        ("Name,VLANID,\na,\n", "longer or shorter"),
        ('Name,\n"a"b,\n', "no comma-separated values"),
        ('Name,\n"a\n', "no comma-separated values"),
        ("Name,\n" + "a,\n" * 20_001, "more than 20000 rows"),
    ],
)
def test_what_is_no_table_is_said_to_be_none(text: str, why: str):
    with pytest.raises(NotRowsError, match=why):
        read_rows(text, "name")


@given(st.lists(st.tuples(st.text(max_size=20), st.text(max_size=20)), min_size=1, max_size=5))
def test_every_value_comes_through(values: list[tuple[str, str]]):
    rows = [{"Name": name.strip().strip(","), "Note": note.strip().strip(",")} for name, note in values]

    read = read_rows(csv_of(rows), "name", "note")

    assert [(row["name"], row["note"]) for row in read] == [(row["Name"].strip(), row["Note"].strip()) for row in rows]


@given(st.text())
def test_nothing_that_a_host_says_is_an_error_of_another_kind(text: str):
    with contextlib.suppress(NotRowsError):
        read_rows(text)
