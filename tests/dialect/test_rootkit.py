"""OSSEC's lists of rootkit files and trojans."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ospatrol.dialect.rootkit import read_rootkit_files, read_trojans


def test_a_file_of_a_rootkit_is_read():
    found = read_rootkit_files("# x\n\ntmp/mclz x    ! Bash door ::/r/b.php\n", "f.txt")
    (file,) = found.files

    assert (file.path, file.name, file.link, file.anywhere) == ("/tmp/mclz", "Bash door", "/r/b.php", False)
    assert str(file.place) == "f.txt:3"
    assert found.problems == ()


def test_a_star_means_anywhere():
    (file,) = read_rootkit_files("*/.puta ! t0rn ::\n", "f.txt").files

    assert (file.path, file.anywhere) == (".puta", True)


@pytest.mark.parametrize("line", ["tmp/x", "tmp/x !name", "! name ::", "tmp/x |name"])
def test_a_line_of_another_form_is_told(line):
    found = read_rootkit_files(line, "f.txt")

    assert (found.files, len(found.problems)) == ((), 1)


def test_a_bar_for_the_mark_is_read_and_told():
    found = read_rootkit_files("*/.owned | Sniffer log ::\n", "f.txt")

    assert [file.name for file in found.files] == ["Sniffer log"]
    assert len(found.problems) == 1


def test_a_trojan_is_looked_for_where_programs_lie():
    relative, absolute = read_trojans("ls  !bash|^/bin/sh!\n/x/y !a!Some worm\n", "t.txt").trojans

    assert relative.paths == ("/bin/ls", "/sbin/ls", "/usr/bin/ls", "/usr/sbin/ls")
    assert (relative.regex, relative.description) == ("bash|^/bin/sh", "")
    assert (absolute.paths, absolute.description) == (("/x/y",), "Some worm")


@pytest.mark.parametrize("line", ["ls", "ls !", "!a!b"])
def test_a_trojan_of_another_form_is_told(line):
    found = read_trojans(line, "t.txt")

    assert (found.trojans, len(found.problems)) == ((), 1)


@settings(derandomize=True, max_examples=200, deadline=None)
@given(st.one_of(st.text(), st.text("!|: \n*/a")))
def test_no_text_whatever_raises(text):
    assert read_rootkit_files(text, "x") is not None
    assert read_trojans(text, "x") is not None
