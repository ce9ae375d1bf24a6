import pytest

from ospatrol.dialect.ossec_rules import read_rules
from ospatrol.model.decoder import Semantics
from ospatrol.model.pattern import Expression, Syntax
from ospatrol.model.place import Place
from ospatrol.model.rule import Condition, Correlation, Lookup, Operator, Option, Source

OSSEC, WAZUH = Semantics.OSSEC, Semantics.WAZUH
ROOT = """<group name="syslog,"><rule id="1" level="0" noalert="1"><category>syslog</category>\
<description>root</description></rule></group>
"""
DECODERS = ("sshd", "json")
LISTS = ("etc/lists/a",)


def read(text, semantics=WAZUH, **options):
    return read_rules([("r.xml", ROOT + text)], semantics, decoder_names=DECODERS, lists=LISTS, **options)


def written(inside, semantics=WAZUH, attributes=""):
    return f'<group name="g,"><rule id="100" level="5" {attributes}>{inside}' + (
        "<description>d</description></rule></group>" if semantics is WAZUH else "</rule></group>"
    )


def rule(inside, semantics=WAZUH, attributes=""):
    found = read(written(inside, semantics, attributes), semantics)
    assert found.problems == ()
    return found.rules[-1]


def conditions(inside, semantics=WAZUH, attributes=""):
    return rule(inside, semantics, attributes).conditions


def said(inside, semantics=WAZUH, attributes=""):
    found = read(written(inside, semantics, attributes), semantics)
    assert [found.id for found in found.rules] == [1]
    return [(problem.place.line, problem.fatal, problem.problem) for problem in found.problems]


def test_a_root_asks_for_a_log_of_its_category():
    (root,) = read("").rules

    assert [(c.field, c.operator, c.operands) for c in root.conditions] == [
        ("kind", Operator.EQUALS, ("log",)),
        ("category", Operator.EQUALS, ("syslog",)),
    ]
    assert (root.parents, root.silent, root.level, root.rank) == ((), True, 0, 99)


def test_a_pattern_becomes_a_condition_that_needs_its_field():
    assert conditions("<id>^4</id>") == (
        Condition(
            field="id",
            operator=Operator.REGEX,
            operands=("^4",),
            syntax=Syntax.OSMATCH,
            required=True,
            place=Place("r.xml", 2),
        ),
    )


def test_an_empty_pattern_still_needs_its_field():
    (condition,) = conditions("<user></user>")

    assert (condition.field, condition.operands, condition.required) == ("dstuser|srcuser", ("",), True)


@pytest.mark.parametrize(
    ("element", "semantics", "field", "syntax"),
    [
        ("match", WAZUH, "log", Syntax.OSMATCH),
        ("regex", WAZUH, "log", Syntax.OSREGEX),
        ("data", WAZUH, "data", Syntax.OSMATCH),
        ("extra_data", WAZUH, "extra_data", Syntax.OSMATCH),
        ("location", WAZUH, "location", Syntax.OSMATCH),
        ("match", OSSEC, "log", Syntax.OSSEC_MATCH),
        ("regex", OSSEC, "log", Syntax.OSSEC_REGEX),
        ("pcre2", OSSEC, "log", Syntax.OSSEC_PCRE2),
        ("match_pcre2", OSSEC, "log", Syntax.OSSEC_PCRE2),
        ("extra_data", OSSEC, "data", Syntax.OSSEC_MATCH),
        ("extra_data_pcre2", OSSEC, "data", Syntax.OSSEC_PCRE2),
        ("user_pcre2", OSSEC, "dstuser|srcuser", Syntax.OSSEC_PCRE2),
    ],
)
def test_each_element_has_its_field_and_language(element, semantics, field, syntax):
    (condition,) = conditions(f"<{element}>x</{element}>", semantics)

    assert (condition.field, condition.syntax) == (field, syntax)


def test_names_of_elements_may_have_capitals_but_for_a_few():
    assert conditions("<MATCH>x</MATCH>")[0].field == "log"
    assert said("<if_matched_sid>1</if_matched_sid><Same_Id/>")[0][1]


def test_repeated_elements_are_one_text_and_the_last_attributes_count():
    (condition,) = conditions('<match type="pcre2">a|</match><match negate="YES">b</match>')

    assert (condition.operands, condition.syntax, condition.negate) == (("a|b",), Syntax.OSMATCH, True)


def test_an_unknown_type_or_negation_is_warned_of_and_ignored():
    found = read(written('<match type="glob" negate="maybe">a</match>'))

    assert [problem.fatal for problem in found.problems] == [False, False]
    assert (found.rules[-1].conditions[0].syntax, found.rules[-1].conditions[0].negate) == (Syntax.OSMATCH, False)


def test_ossec_knows_neither_negate_nor_type():
    (condition,) = conditions('<match type="pcre2" negate="yes">a</match>', OSSEC)

    assert (condition.syntax, condition.negate) == (Syntax.OSSEC_MATCH, False)


def test_ossec_prefers_its_own_language_but_for_urls():
    found = conditions("<pcre2>a</pcre2><regex>b</regex><url_pcre2>c</url_pcre2><url>d</url>", OSSEC)

    assert [c.operands for c in found] == [("b",), ("d",), ("c",)]


def test_an_action_is_compared_exactly_unless_it_has_a_type():
    (exact,) = conditions('<action negate="yes">a</action>')
    (pattern,) = conditions('<action type="osregex">a</action>')

    assert (exact.operator, exact.negate) == (Operator.EQUALS, True)
    assert (pattern.operator, pattern.syntax) == (Operator.REGEX, Syntax.OSREGEX)


def test_conditions_stand_in_the_order_of_the_tests():
    found = conditions(
        "<status>s</status><data>d</data><srcip>10.0.0.0/8</srcip><field name='F'>f</field><match>m</match>"
        "<weekday>monday</weekday><user>u</user><id>i</id><decoded_as>sshd</decoded_as><time>1-2</time>",
        attributes='maxsize="9"',
    )

    assert [c.field for c in found] == [
        *("decoder", "id", "log", "f", "srcip", "dstuser|srcuser", "size", "log", "log", "data", "status"),
    ]
    assert [c.operator for c in found[6:9]] == [Operator.AT_LEAST, Operator.TIME, Operator.WEEKDAY]


def test_fields_are_captured_and_all_count():
    found = conditions('<field name="A.b">x</field><field name="a.B" type="pcre2">y</field>')

    assert [(c.field, c.captured, c.syntax) for c in found] == [
        ("a.b", True, Syntax.OSREGEX),
        ("a.b", True, Syntax.PCRE2),
    ]


@pytest.mark.parametrize("name", ["", "srcip", "User", "action"])
def test_a_field_without_a_name_or_with_one_of_its_own_element_is_refused(name):
    assert said(f'<field name="{name}">x</field>')[0][1]


def test_addresses_are_one_condition():
    (wazuh,) = conditions('<srcip>!10.0.0.0/8</srcip><srcip negate="yes">::1</srcip>')
    (ossec,) = conditions("<dstip>!10.0.0.0/8</dstip><dstip>any</dstip>", OSSEC)

    assert (wazuh.operator, wazuh.operands, wazuh.negate) == (Operator.NETWORK, ("10.0.0.0/8", "::1"), True)
    assert (ossec.operands, ossec.negate) == (("!10.0.0.0/8", "any"), False)
    assert said("<srcip>web1</srcip>")[0][1]


@pytest.mark.parametrize(
    ("text", "operand"),
    [
        ("08:30 - 17:00", "08:30-17:00"),
        ("8-17", "08:00-17:00"),
        ("!8 am - 5 pm", "!08:00-17:00"),
        ("6 pm - 8:30 am", "!08:30-18:00"),
        ("!6 pm - 8:30 am", "!08:30-18:00"),
        ("12 am - 12 pm", "00:00-12:00"),
    ],
)
def test_a_time_is_normalised(text, operand):
    (condition,) = conditions(f"<time>{text}</time>")

    assert (condition.operator, condition.operands) == (Operator.TIME, (operand,))


@pytest.mark.parametrize("text", ["", "25-26", "1:75-2", "13 pm - 14 pm", "noon"])
def test_what_is_no_time_is_refused(text):
    assert said(f"<time>{text}</time>")[0][1]


def test_weekdays():
    assert conditions("<weekday>Monday, tue weekends</weekday>")[0].operands == ("mon", "tue", "sat", "sun")
    assert len(conditions("<weekday>weekdays</weekday>")[0].operands) == 5
    assert said("<weekday>!monday</weekday>")[0][1]


def test_a_compiled_rule_is_a_test():
    (condition,) = conditions("<compiled_rule>is_valid_crawler</compiled_rule>")

    assert (condition.operator, condition.operands) == (Operator.TEST, ("is_valid_crawler",))
    assert said("<compiled_rule>x</compiled_rule>")[0][1]


def test_what_is_posted_is_no_simple_request_to_ossec_and_one_to_wazuh():
    simple = "<compiled_rule>is_simple_http_request</compiled_rule>"

    (asked,) = conditions(simple)
    (same, post) = conditions(simple, OSSEC)

    assert (asked.operator, asked.operands) == (same.operator, same.operands)
    assert (post.field, post.operands, post.negate, post.required) == ("action", ("POST",), True, False)


def test_lists():
    path = "etc/lists/a"
    first, second = conditions(
        f'<list field="user" lookup="not_match_key">{path}</list>'
        f'<list field="Any.Name" lookup="match_key_value" check_value="^x">{path}</list>'
    )

    assert (first.field, first.operator, first.operands, first.lookup, first.captured) == (
        *("srcuser|dstuser", Operator.LISTED, (path,), Lookup.NOT_KEY, False),
    )
    assert (second.field, second.captured, second.value) == (
        *("any.name", True, Expression(text="^x", syntax=Syntax.OSMATCH)),
    )


def test_of_three_lists_the_last_two_count():
    lists = "".join(f'<list field="{name}">etc/lists/a</list>' for name in ("id", "url", "status"))

    assert [c.field for c in conditions(lists)] == ["url", "status"]


def test_a_list_that_is_not_configured_drops_the_rule_in_wazuh_only():
    inside = '<list field="id">etc/lists/b</list>'

    assert said(inside) == [(2, False, "the list 'etc/lists/b' is not configured; rule 100 is left out")]
    assert [r.id for r in read(written(inside, OSSEC), OSSEC).rules] == [1, 100]


@pytest.mark.parametrize(
    "inside",
    [
        '<list field="id" lookup="x">etc/lists/a</list>',
        '<list field="id" lookup="match_key_value">etc/lists/a</list>',
        "<list>etc/lists/a</list>",
        "<unknown>x</unknown>",
        "<decoded_as>nobody</decoded_as>",
        "<options>loud</options>",
        "<category>x</category>",
        "<if_level>x</if_level>",
        "<if_matched_sid>x</if_matched_sid>",
        "<same_id/>",
        "<pcre2>x</pcre2>",
    ],
)
def test_wazuh_refuses(inside):
    assert any(fatal for _, fatal, _ in said(inside))


@pytest.mark.parametrize("inside", ["<mitre/>", "<location>x</location>", "<same_url/>", "<ignore>x</ignore>"])
def test_ossec_refuses(inside):
    assert said(inside, OSSEC)[0][1]


@pytest.mark.parametrize(
    "attributes", ['frequency="1"', 'frequency="10000"', 'maxsize="x"', 'x="1"', 'overwrite="perhaps"', 'timeframe="²"']
)
def test_wazuh_refuses_attributes(attributes):
    assert said("<if_matched_sid>1</if_matched_sid>", attributes=attributes)[0][1]


@pytest.mark.parametrize(
    ("text", "fatal"),
    [
        ("<rule/>", "rules stand in a <group>"),
        ("<group/>", "one attribute"),
        ('<group name="a" x="b"/>', "one attribute"),
        ('<group name="a"><decoder/></group>', "holds rules"),
        ('<group name="a"><rule level="1"><description/></rule></group>', "'id'"),
        ('<group name="a"><rule id="7000000" level="1"><description/></rule></group>', "at most 6 digits"),
        ('<group name="a"><rule id="7" level="17"><description/></rule></group>', "between 0 and 16"),
        ('<group name="a"><rule id="7" level="1"></rule></group>', "needs a <description>"),
    ],
)
def test_the_frame_of_a_rule(text, fatal):
    (problem,) = read(text).problems

    assert problem.fatal
    assert fatal in problem.problem


def test_a_pattern_that_cannot_be_used_is_refused_at_its_line():
    found = read(written("\n<regex>(</regex>"), check_pattern=lambda e: "no" if e.text == "(" else None)

    assert [(str(p.place), p.problem, p.fatal) for p in found.problems] == [
        ("r.xml:3", "no; rule 100 is left out", True)
    ]


def test_how_often_and_how_long():
    inside = "<if_matched_sid>1</if_matched_sid>"

    assert rule(inside, WAZUH, 'frequency="8" timeframe="60"').correlation == Correlation(
        source=Source.RULE, rules=(1,), earlier=7, timeframe_s=60, across_agents=False
    )
    assert rule(inside, OSSEC, 'frequency="8"').correlation == Correlation(source=Source.RULE, rules=(1,), earlier=9)
    assert rule(inside, WAZUH).correlation.earlier == rule(inside, OSSEC).correlation.earlier == 1
    assert rule(f"{inside}<global_frequency/>", WAZUH).correlation.across_agents


def test_a_rule_counts_by_group_or_pattern():
    group = rule("<if_matched_group>syslog</if_matched_group>", OSSEC).correlation
    regex = rule("<if_matched_regex>x</if_matched_regex>").correlation

    assert (group.source, group.expression) == (Source.GROUP, Expression(text="syslog", syntax=Syntax.OSSEC_MATCH))
    assert (regex.source, regex.expression.syntax) == (Source.REGEX, Syntax.OSREGEX)


def test_what_events_have_in_common():
    wazuh = rule(
        "<if_matched_sid>1</if_matched_sid><same_source_ip/><same_user/><same_location/><same_field>A.b</same_field>"
        "<different_url/><not_same_id/><different_field>C</different_field><not_same_field>D</not_same_field>"
    ).correlation
    ossec = rule(
        "<if_matched_sid>1</if_matched_sid><same_user/><same_location/><same_id/><not_same_id/><different_url/>"
        "<different_srcip/><not_same_agent/>",
        OSSEC,
    ).correlation

    assert wazuh.same == ("srcip", "dstuser", "location", "a.b")
    assert (wazuh.different, wazuh.different_all) == (("url", "id"), ("c", "d"))
    assert (ossec.same, ossec.different_set, ossec.different) == (("dstuser", "hostname"), ("url",), ())


def test_wazuh_needs_something_to_count_but_lets_2_slip_through():
    assert said("", attributes='frequency="3"')[0][1]
    assert rule("", attributes='frequency="2"').correlation is None
    assert rule("<check_diff/><same_id/>").changed


def test_silence_and_memory():
    found = rule(
        "<ignore>srcip, user</ignore><check_if_ignored>Dyn,name</check_if_ignored><if_fts/>", WAZUH, 'ignore="60"'
    )

    assert (found.ignore_s, found.remember, found.unless_remembered) == (60, ("srcip", "dstuser"), ("dyn", "name"))
    assert found.first_time


def test_noalert():
    assert rule("", OSSEC, 'noalert="0"').silent
    assert not rule("", WAZUH, 'noalert="0"').silent


def test_texts_of_a_rule():
    found = read(
        '<group name="syslog,"><rule id="100" level="0" accuracy="0"><description>a\nb\n</description>'
        "<description>c</description><options>no_log,no_full_log</options><info type='link'>u</info><cve>C</cve>"
        "<group>x,\npci_dss_10.2.5,pci_dss_1.1,gdpr_IV_35.7.d,nist_800_53_AU.14,tsc_CC6.8,gpg13_7.1,hipaa_164.3,</group>"
        "<mitre><id>T1</id></mitre></rule></group>"
    ).rules[-1]

    assert found.description == "a b\nc"
    assert found.options == (Option.NO_LOG, Option.NO_FULL_LOG)
    assert found.info == ("u", "C")
    assert found.groups[:3] == ("syslog", "x", "pci_dss_10.2.5")
    assert found.compliance == {
        "pci_dss": ("10.2.5", "1.1"),
        "gdpr": ("IV_35.7.d",),
        "nist_800_53": ("AU.14",),
        "tsc": ("CC6.8",),
        "gpg13": ("7.1",),
        "hipaa": ("164.3",),
    }
    assert (found.mitre, found.rank) == (("T1",), -1)


def test_newer_mitre_blocks_discard_older_ones():
    inside = "<mitre><id>T1</id></mitre><mitre><tacticID>TA</tacticID><techniqueID>T2</techniqueID></mitre>"

    assert rule(inside).mitre == ("T2",)


def test_every_mistake_of_every_file_is_reported_at_once():
    bad = '<group name="a">\n<rule id="{}" level="5"><x/><y/></rule></group>'
    found = read_rules([("a.xml", bad.format(11)), ("b.xml", bad.format(12) + "<")], OSSEC, decoder_names=())

    assert [str(problem.place) for problem in found.problems] == ["a.xml:2", "a.xml:2", "b.xml:2", "b.xml:2", "b.xml:2"]


def test_an_unknown_variable_costs_the_rule_only():
    text = """<var name="A">x</var><group name="g,">
<rule id="100" level="$AB"><description>d</description></rule>
<rule id="101" level="5"><match>$AB</match><description>d</description></rule>
<rule id="102" level="5"><match>$A.</match><description>d</description></rule></group>"""
    found = read(text)

    assert [rule.id for rule in found.rules] == [1, 102]
    assert {str(problem.place) for problem in found.problems if "$AB is not defined" in problem.problem} == {
        "r.xml:3",
        "r.xml:4",
    }
