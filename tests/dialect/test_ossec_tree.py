import pytest

from ospatrol.dialect import ossec_tree
from ospatrol.dialect.ossec_rules import read_rules
from ospatrol.model.decoder import Semantics
from ospatrol.model.pattern import Expression, Syntax
from ospatrol.model.rule import Source

OSSEC, WAZUH = Semantics.OSSEC, Semantics.WAZUH
ROOTS = "".join(
    f'<rule id="{number}" level="0"><category>{name}</category><description/></rule>'
    for number, name in enumerate(("syslog", "firewall"), start=1)
)


def read(rules, semantics=WAZUH):
    text = f'<group name="g,">\n{ROOTS}\n{rules}</group>'
    return read_rules([("r.xml", text)], semantics, decoder_names=(), lists=())


def made(number, inside="", level=5, attributes=""):
    return f'<rule id="{number}" level="{level}" {attributes}>{inside}<description>d</description></rule>\n'


def below(number, parents, level=5, attributes=""):
    return made(number, f"<if_sid>{parents}</if_sid>", level, attributes)


def rules(text, semantics=WAZUH):
    found = read(text, semantics)
    assert found.problems == ()
    return {rule.id: rule for rule in found.rules}


def said(text, semantics=WAZUH):
    return [(p.place.line, p.fatal, p.problem) for p in read(text, semantics).problems]


def test_a_rule_without_a_parent_stands_below_the_root_of_its_category():
    found = rules(made(10) + made(11, "<category>firewall</category>"))

    assert (found[10].parents, found[11].parents) == ((1,), (2,))
    assert [found[number].loaded for number in (1, 2, 10, 11)] == [0, 1, 2, 3]


def test_without_such_a_root_there_is_no_place():
    assert said(made(10, "<category>squid</category>"))[0][1]


def test_level_0_goes_first():
    found = rules(made(10, level=0) + made(11, level=7))

    assert (found[10].rank, found[11].rank) == (99, 7)


def test_a_rule_stands_below_every_place_of_every_parent():
    found = rules(made(10) + made(11) + below(12, "10, 11") + below(13, "12,10"))

    assert (found[12].parents, found[12].places) == ((10, 11), 2)
    assert (found[13].parents, found[13].places) == ((12, 10), 3)


def test_a_search_leaves_siblings_at_the_first_hit():
    """13 stands below 1 and below 12; the search finds it below 1 and never comes to 12 behind it."""
    found = rules(made(12, level=3) + below(13, "1 12") + below(14, "13"))

    assert (found[13].places, found[14].places) == (2, 1)


def test_a_parent_given_twice_makes_two_places_of_which_a_search_finds_one():
    found = rules(made(10) + below(11, "10,10") + below(12, "11"))

    assert (found[11].parents, found[11].places, found[12].places) == ((10,), 2, 1)


def test_a_rule_may_come_below_itself():
    found = rules(made(10) + below(11, "10, 11"))

    assert (found[11].parents, found[11].places) == ((10,), 2)


def test_a_comma_at_the_end_adds_the_root_of_the_parents_category():
    found = rules(made(10, "<category>firewall</category>") + below(11, "10,"))

    assert found[11].parents == (10, 2)


def test_unknown_parents():
    text = made(10) + below(11, "10, 77") + below(12, "78")
    (kept, dropped) = said(text)

    assert kept == (4, False, "if_sid: no rule above has the id 77; rule 11 is kept below the others")
    assert dropped == (5, False, "if_sid: no rule above has the id 78; rule 12 is left out")
    assert [rule.id for rule in read(text).rules] == [1, 2, 10, 11]
    assert [fatal for _, fatal, _ in said(text, OSSEC)] == [True, True]


@pytest.mark.parametrize("ids", ["10|1", "", "x"])
def test_what_is_no_list_of_ids_drops_the_rule(ids):
    assert said(below(11, ids))[0][1] is False
    assert said(below(11, ids), OSSEC)[0][1] is True


def test_if_level_sees_level_0_as_99():
    found = rules(made(10, level=4) + made(11, level=2) + made(12, "<if_level>4</if_level>"))

    assert found[12].parents == (1, 2, 10)


def test_if_group_sees_only_rules_above_and_any_part_of_their_groups():
    found = rules(
        made(10, "<group>web_scan,</group>")
        + made(11, "<if_group>WEB|^nothing</if_group>")
        + made(12, "<group>web,</group>")
    )

    assert found[11].parents == (10,)
    assert rules(made(10) + made(11, "<if_group>^G</if_group>"))[11].parents == (1, 2, 10)


def test_a_group_that_no_rule_has():
    assert said(made(10, "<if_group>web</if_group>"))[0][1] is False
    assert said(made(10, "<if_group>web</if_group>"), OSSEC)[0][1] is True


def test_if_matched_implies_a_parent_unless_one_is_given():
    found = rules(
        made(10)
        + made(11, "<if_matched_sid>10</if_matched_sid>")
        + made(12, "<if_matched_sid>10</if_matched_sid><if_sid>1</if_sid>")
        + made(13, "<group>x</group>")
        + made(14, "<if_matched_group>x</if_matched_group>")
        + made(15, "<if_matched_regex>x</if_matched_regex>")
    )

    assert [found[number].parents for number in range(11, 16)] == [(10,), (1,), (1,), (13,), (1,)]


def test_a_double_id():
    text = made(10) + made(10)

    assert said(text) == [(4, False, "the id 10 is already that of r.xml:3; rule 10 is left out")]
    assert said(text, OSSEC)[0][1] is True


def test_a_tree_has_a_limit(monkeypatch):
    monkeypatch.setattr(ossec_tree, "MOST_PLACES", 4)

    assert said(made(10) + made(11) + below(12, "10,11"))[0][1]


def test_wazuh_overwrites_all_but_the_places():
    found = read(
        made(10)
        + below(11, "10", 3)
        + below(12, "11")
        + made(11, "<if_sid>1</if_sid><match>new</match><group>z,</group>", 9, 'overwrite="yes"')
        + made(13, "<if_group>z</if_group>")
    )
    by_id = {rule.id: rule for rule in found.rules}

    assert [(problem.place.line, problem.fatal) for problem in found.problems] == [(6, False)]
    assert (by_id[11].parents, by_id[11].rank, by_id[11].level, by_id[11].loaded) == ((10,), 3, 9, 3)
    assert (by_id[12].parents, by_id[13].parents) == ((11,), (11,))
    assert by_id[11].conditions[0].operands == ("new",)


def test_wazuh_keeps_what_is_counted_when_it_overwrites():
    text = (
        made(10)
        + made(11, "<if_matched_sid>10</if_matched_sid><same_id/>")
        + made(12, "<if_matched_sid>10</if_matched_sid>")
        + made(13)
    )
    replaced = 'overwrite="yes" frequency="5"'
    found = read(
        text
        + made(11, "<if_matched_group>g</if_matched_group>", 5, replaced)
        + made(12, attributes='overwrite="yes"')
        + made(13, "<if_matched_sid>10</if_matched_sid>", 5, replaced)
    )
    by_id = {rule.id: rule.correlation for rule in found.rules}

    assert (by_id[11].source, by_id[11].rules, by_id[11].earlier, by_id[11].same) == (Source.RULE, (10,), 4, ())
    assert by_id[12] is None
    assert by_id[13].rules == ()


def test_an_overwrite_of_nothing_is_a_new_rule():
    found = read(made(10, attributes='overwrite="yes"'))

    assert [rule.id for rule in found.rules] == [1, 2, 10]
    assert [problem.fatal for problem in found.problems] == [False]


def test_ossec_overwrites_its_own_elements_only():
    found = rules(
        made(
            10,
            "<pcre2>old</pcre2><match>old</match><id_pcre2>old</id_pcre2><if_matched_sid>1</if_matched_sid><same_id/>",
        )
        + made(
            10,
            "<pcre2>new</pcre2><id>new</id><status>new</status><if_matched_group>g</if_matched_group><same_user/>",
            9,
            'overwrite="yes"',
        ),
        OSSEC,
    )[10]

    assert [c.operands for c in found.conditions] == [("new",), ("old",), ("new",)]
    assert [c.syntax for c in found.conditions] == [Syntax.OSSEC_MATCH, Syntax.OSSEC_PCRE2, Syntax.OSSEC_MATCH]
    assert (found.level, found.correlation.same) == (9, ("id",))
    assert found.correlation.expression == Expression(text="g", syntax=Syntax.OSSEC_MATCH)


def test_an_ossec_overwrite_may_turn_correlation_off():
    found = rules(made(10, "<if_matched_sid>1</if_matched_sid>") + made(10, attributes='overwrite="yes"'), OSSEC)

    assert found[10].correlation is None
