import pytest

from ospatrol.dialect.ossec_lists import read_list
from ospatrol.dialect.ossec_order import order_files
from ospatrol.dialect.ossec_rules import read_rules
from ospatrol.dialect.ossec_tests import for_log_tests, read_log_tests
from ospatrol.model.decoder import Semantics
from ospatrol.model.errors import ConfigErrors
from ospatrol.model.place import Place

OSSEC, WAZUH = Semantics.OSSEC, Semantics.WAZUH


def test_a_list():
    text = 'a:1\nb:\nc\r\n\n"x:y":z\na:2\n### d:1\n'

    assert read_list(text, WAZUH) == {"a": "1", "b": "", "c": "", "x:y": "z", "### d": "1"}
    assert read_list(text, OSSEC) == {"a": "1", "b": "", "c": "", '"x': 'y":z'}


def test_wazuh_sorts_by_base_name_over_all_folders():
    names = ["etc/rules/local_rules.xml", "r/0020-b.xml", "etc/rules/0010-a.xml", "r/0215-policy_rules.xml", "r/README"]

    assert order_files(names, WAZUH) == ("etc/rules/0010-a.xml", "r/0020-b.xml", "etc/rules/local_rules.xml")


def test_ossec_reads_what_is_included_in_that_order():
    names = ["r/a.xml", "r/b.xml", "r/translated/p/c.xml"]

    assert order_files(names, OSSEC, ["b.xml", "a.xml", "b.xml", "d.xml"]) == ("r/b.xml", "r/a.xml")
    assert order_files(names, OSSEC, ["translated/p/c.xml"]) == ("r/translated/p/c.xml",)


def test_ossec_reads_all_in_the_conventional_order():
    names = [
        "local_rules.xml",
        "attack_rules.xml",
        "zz_rules.xml",
        "sshd_rules.xml",
        "rules_config.xml",
        "translated/x.xml",
    ]

    assert order_files(names, OSSEC) == (
        *("rules_config.xml", "sshd_rules.xml", "zz_rules.xml", "attack_rules.xml", "local_rules.xml"),
    )
    assert order_files(["local_decoder.xml", "my.xml", "decoder.xml"], OSSEC) == (
        *("decoder.xml", "my.xml", "local_decoder.xml"),
    )


def test_ossec_files_wait_for_those_they_refer_to():
    texts = {
        "a.xml": '<rule id="11"><if_sid>1, 12</if_sid></rule>',
        "b.xml": '<rule id="12"><if_matched_sid>13</if_matched_sid></rule><!-- <if_sid>11</if_sid> -->',
        "c.xml": '<rule level="1" id="13"/>',
    }

    assert order_files(texts, OSSEC, texts=texts) == ("c.xml", "b.xml", "a.xml")


def test_a_circle_of_files_is_read_all_the_same():
    texts = {"a.xml": '<rule id="1"><if_sid>2</if_sid></rule>', "b.xml": '<rule id="2"><if_sid>1</if_sid></rule>'}

    assert order_files(texts, OSSEC, texts=texts) == ("a.xml", "b.xml")


def cases(text, semantics):
    return [(case.section, case.key, case.lines, case.passes) for case in read_log_tests(text, "t.ini", semantics)]


INI = """\
; a comment
[one: x]
rule = 1
alert: 3
decoder = d

LOG 1 pass = a ; b %% c
log 2 fail=z
"""


def test_a_case():
    case = read_log_tests(INI, "t.ini", WAZUH)[0]

    assert (case.section, case.key, case.rule, case.level, case.decoder) == ("one: x", "log 1 pass", "1", "3", "d")
    assert (case.lines, case.passes, case.place) == (("a ; b %% c",), True, Place("t.ini", 7))


def test_ossec_logs_are_whole_and_percent_signs_single():
    assert cases(INI, OSSEC) == [
        ("one: x", "log 1 pass", ("a ; b % c",), True),
        ("one: x", "log 2 fail", ("z",), False),
    ]


def test_in_wazuh_a_doubled_key_is_one_case_and_sections_merge():
    text = "[a]\nrule=1\nlog 1 pass = x\n  y\n\n  # no\n z\n[b]\n[a]\nlog 1 pass = w\nrule=1\n"

    assert cases(text, WAZUH) == [("a", "log 1 pass", ("x", "y", "z", "w"), True)]
    assert read_log_tests(text, "t.ini", WAZUH)[0].rule == "1\n1"


def test_in_ossec_each_log_is_a_case_and_the_last_expectation_counts():
    text = "[a]\nrule=1\nlog 1 pass = x\nlog 1 pass = y\n[a]\nrule=2\n"

    assert cases(text, OSSEC) == [("a", "log 1 pass", ("x",), True), ("a", "log 1 pass", ("y",), True)]
    assert {case.rule for case in read_log_tests(text, "t.ini", OSSEC)} == {"2"}


def test_an_empty_decoder_stays_empty():
    assert read_log_tests("[a]\ndecoder =\nlog 1 pass = x\n", "t.ini", WAZUH)[0].decoder == ""


def test_every_mistake_of_a_test_file_is_told():
    with pytest.raises(ConfigErrors) as caught:
        read_log_tests("log 1 pass = x\n[a]\nnonsense\n= x\n", "t.ini", WAZUH)

    assert [str(error.place) for error in caught.value.errors] == ["t.ini:1", "t.ini:3", "t.ini:4"]


WINDOWS = """<group name="g">
<rule id="1" level="0"><category>syslog</category><description>d</description></rule>
<rule id="7" level="0"><category>ossec</category><description>d</description></rule>
<rule id="60000" level="0"><category>ossec</category><decoded_as>channel</decoded_as><match>x</match>
<description>d</description></rule></group>"""


def test_windows_events_come_as_json_in_tests():
    rules = read_rules([("r.xml", WINDOWS)], WAZUH, decoder_names=["channel"]).rules
    before, after = rules[-1], for_log_tests(rules)[-1]

    assert (before.parents, after.parents) == ((7,), (1,))
    assert [(c.field, c.operands) for c in after.conditions] == [("decoder", ("json",)), ("log", ("x",))]
    assert for_log_tests(rules[:-1]) == rules[:-1]
    assert for_log_tests(rules[-1:]) == rules[-1:]
