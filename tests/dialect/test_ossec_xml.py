import pytest

from ospatrol.dialect.ossec_xml import LONGEST_TEXT, read_xml
from ospatrol.model.decoder import Semantics

OSSEC, WAZUH = Semantics.OSSEC, Semantics.WAZUH


def roots(text, semantics=WAZUH):
    document = read_xml(text, "f.xml", semantics)
    assert document.problems == ()
    return document.roots


def problems(text, semantics=WAZUH):
    return [str(problem.place) + ": " + problem.problem for problem in read_xml(text, "f.xml", semantics).problems]


def test_several_roots_attributes_and_lines():
    first, second = roots("<a x=\"1\" y='2>'>\n  <b/>\n</a>\n<c></c>")

    assert (first.name, first.attributes, first.line) == ("a", {"x": "1", "y": "2>"}, 1)
    assert [(child.name, child.line, child.text) for child in first.children] == [("b", 2, "")]
    assert (second.name, second.line, second.text) == ("c", 4, "")


def test_attributes_are_known_by_their_names_in_lower_case():
    assert roots("<a Type='X' OFFSET='y'/>")[0].attributes == {"type": "X", "offset": "y"}
    assert "the attribute 'X' twice" in problems("<a x='1' X='2'/>")[0]


@pytest.mark.parametrize("text", ["<a/>", "<a />", "<a></a>"])
def test_an_empty_element_has_empty_text(text):
    assert [(root.name, root.text) for root in roots(text)] == [("a", "")]


def test_text_is_verbatim_and_no_entity_is_decoded():
    assert roots("<a>  x & y &lt; >\n z </a>")[0].text == "  x & y &lt; >\n z "


def test_a_backslash_makes_a_bracket_text_and_stays():
    assert roots(r"<a>\<b> \\\<</a>")[0].text == r"\<b> \\\<"


def test_two_backslashes_make_none():
    assert roots(r"<a>x\\</a>")[0].text == r"x\\"


def test_comments_may_stand_anywhere():
    assert roots("<!-- <x> --><a>1<!-- 2 -->3<! 4 !>5</a><! z !>")[0].text == "135"


def test_a_prolog_is_skipped():
    assert [root.name for root in roots('<?xml version="1.0"?>\n<a/>', OSSEC)] == ["a"]


def test_a_variable_replaces_whatever_its_case_up_to_an_end_mark():
    text = '<var name="Ab">x|$no</var><a y="$AB.1">$ab|$aB,$AB $ab$aB$</a>'

    assert [(root.attributes, root.text) for root in roots(text)] == [
        ({"y": "x|$no.1"}, "x|$no|x|$no,x|$no x|$nox|$no$")
    ]


def test_a_short_text_is_not_expanded():
    assert roots('<var name="A">x</var><a>$A</a><a>$A.</a>')[0].text == "$A"


def test_an_unknown_variable_is_a_problem_only_where_one_is_defined():
    assert roots("<a>$abc</a>")[0].problem == ""
    assert "$abc is not defined" in roots('<var name="x">1</var><a>$abc</a>')[0].problem
    assert "$abc is not defined" in roots('<a>$abc</a><var name="abc">1</var>')[0].problem


def test_a_field_in_a_description_is_no_variable_in_wazuh():
    text = '<var name="x">1</var><a>$(abc)</a>'

    assert roots(text, WAZUH)[0].problem == ""
    assert roots(text, OSSEC)[0].problem != ""


def test_a_variable_of_a_file_is_unknown_in_the_next():
    roots('<var name="abc">1</var>')

    assert roots("<a>$abc</a>")[0].text == "$abc"


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("<a>\n<b></a>", 2, "</a> stands where </b> of line 2 is expected"),
        ("\n</a>", 2, "no closing tag is expected"),
        ("<a>\n", 2, "<a> of line 1 is never closed"),
        ("<a>\nx < y</a>", 2, "a '<' in a text is written '\\\\<'"),
        ("<a>\n<!-- ", 2, "never ends"),
        ("<a>\n</a", 2, "closing tag is incomplete"),
        ("\n<a x='1' x='2'/>", 2, "the attribute 'x' twice"),
        ("<var>1</var>", 1, "<var> needs a name"),
        (f'<var name="{"x" * 256}">1</var>', 1, "<var> needs a name"),
    ],
)
def test_what_is_malformed_has_its_line(text, line, said):
    (problem,) = problems(text)

    assert problem.startswith(f"f.xml:{line}: ")
    assert said.replace("\\\\", "\\") in problem


def test_what_is_complete_before_a_mistake_is_kept():
    document = read_xml("<a><b/><c><d/></a>", "f.xml", WAZUH)

    assert [[child.name for child in root.children] for root in document.roots] == [["b"]]


def test_a_text_has_a_limit():
    assert roots(f"<a>{'x' * LONGEST_TEXT}</a>")[0].problem == ""
    assert "longer than" in roots(f"<a>{'x' * (LONGEST_TEXT + 1)}</a>")[0].problem
