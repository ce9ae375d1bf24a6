from hypothesis import given
from hypothesis import strategies as st

from ospatrol.dialect.ossec_decoders import read_decoders
from ospatrol.dialect.ossec_lists import read_list
from ospatrol.dialect.ossec_order import order_files
from ospatrol.dialect.ossec_rules import read_rules
from ospatrol.dialect.ossec_tests import read_log_tests
from ospatrol.model.decoder import Semantics
from ospatrol.model.errors import ConfigErrors

PIECES = st.sampled_from([
    *('<group name="a,">', "</group>", '<rule id="11" level="3">', '<rule id="1" level="0" overwrite="yes">'),
    *("</rule>", "<if_sid>1, 11,</if_sid>", "<if_group>a|b</if_group>", "<if_level>", "</if_level>", "<match", ">"),
    *("</match>", "<time>1-2</time>", "<same_id/>", '<list field="x">y</list>', "<field name='q'>", "</field>", "\\"),
    *('<decoder name="a">', "</decoder>", "<parent>a</parent>", "<regex>(", "</regex>", "<order>x,", "<!--"),
    *("-->", '<var name="v">1</var>', "$v", "$w", "\n", "<fts>id</fts>", "<srcip>", "</srcip>", "<mitre><id>"),
    *("<description>d</description>", "<if_matched_sid>11</if_matched_sid>", "[a]", "rule = 1", "log 1 pass = "),
])  # fmt: skip
TEXTS = st.lists(PIECES | st.text(st.characters(max_codepoint=255), max_size=8), max_size=30).map("".join)
SEMANTICS = st.sampled_from([Semantics.OSSEC, Semantics.WAZUH])


@given(TEXTS, SEMANTICS)
def test_any_text_gives_rules_or_problems_with_a_line(text, semantics):
    found = read_rules([("r.xml", text), ("s.xml", text)], semantics, decoder_names=["a"])

    assert all(problem.place.line and problem.problem for problem in found.problems)


@given(TEXTS, SEMANTICS)
def test_any_text_gives_decoders_or_problems_with_a_line(text, semantics):
    found = read_decoders([("d.xml", text), ("e.xml", text)], semantics)

    assert all(problem.place.line and problem.problem for problem in found.problems)


@given(TEXTS, SEMANTICS)
def test_any_text_is_a_list_and_has_an_order(text, semantics):
    read_list(text, semantics)

    assert order_files(["a.xml", "b.xml"], semantics, texts={"a.xml": text, "b.xml": text}) == ("a.xml", "b.xml")


@given(TEXTS, SEMANTICS)
def test_any_text_gives_tests_or_mistakes_with_a_line(text, semantics):
    cases, errors = (), ()
    try:
        cases = read_log_tests(text, "t.ini", semantics)
    except ConfigErrors as caught:
        errors = caught.errors

    assert all(said.place.line for said in (*cases, *errors))
