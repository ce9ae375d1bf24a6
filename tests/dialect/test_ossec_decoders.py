import pytest

from ospatrol.dialect.ossec_decoders import read_decoders
from ospatrol.model.decoder import JsonArrays, Offset, Plugin, Semantics
from ospatrol.model.pattern import Expression, Syntax
from ospatrol.model.place import Place

OSSEC, WAZUH = Semantics.OSSEC, Semantics.WAZUH
ROOT = '<decoder name="root"><prematch>^x</prematch></decoder>\n'


def read(text, semantics=WAZUH, **options):
    return read_decoders([("d.xml", text)], semantics, **options)


def decoders(text, semantics=WAZUH):
    found = read(text, semantics)
    assert found.problems == ()
    return found.decoders


def child(inside, name="child", parent="root"):
    return f'<decoder name="{name}"><parent>{parent}</parent>{inside}</decoder>\n'


FIELDS = "<regex>(a)</regex><order>x</order>"


def test_a_decoder():
    _, found = decoders(
        ROOT
        + child(
            "<prematch offset='after_parent'>p</prematch><regex offset='after_prematch' type='pcre2'>(r)</regex>"
            "<order>user, srcip,Dyn.Name ,extra_data</order><type>ids</type><fts>name, user, Dyn.Name, extra_data</fts>"
            "<ftscomment>c</ftscomment><accumulate/><use_own_name>true</use_own_name>"
            "<json_null_field>discard</json_null_field><json_array_structure>csv</json_array_structure>"
        )
    )

    assert (found.name, found.parent, found.place, found.semantics) == ("child", "root", Place("d.xml", 2), WAZUH)
    assert (found.prematch, found.prematch_offset) == (Expression(text="p", syntax=Syntax.OSREGEX), Offset.AFTER_PARENT)
    assert (found.regex, found.regex_offset) == (Expression(text="(r)", syntax=Syntax.PCRE2), Offset.AFTER_PREMATCH)
    assert found.order == ("dstuser", "srcip", "Dyn.Name", "extra_data")
    assert found.first_time == ("name", "dstuser", "Dyn.Name", "data")
    assert (found.category, found.accumulate, found.own_name) == ("ids", True, True)
    assert (found.json_nulls, found.json_arrays) == (False, JsonArrays.CSV)


def test_what_is_not_said():
    (found,) = decoders(ROOT)

    assert (found.program, found.plugin, found.category, found.first_time) == (None, None, "syslog", ())
    assert (found.json_nulls, found.json_arrays, found.own_name) == (True, JsonArrays.ARRAY, False)


def test_an_empty_program_name_is_not_a_missing_one():
    (found,) = decoders('<decoder name="root"><program_name/></decoder>')

    assert found.program == Expression(text="", syntax=Syntax.OSMATCH)


def test_ossec_reads_words_otherwise():
    found = decoders(
        ROOT + child("<regex>(a)</regex><order>user,extra_data,my_filename</order><fts>srcuser, xid</fts>"), OSSEC
    )[1]

    assert found.order == ("dstuser", "data", "filename")
    assert found.first_time == ("dstuser", "id")


def test_ossec_prefers_its_own_language():
    found = decoders(
        '<decoder name="root"><prematch_pcre2>p</prematch_pcre2><pcre2>(r)</pcre2><order>x</order>'
        "<program_name_pcre2>a</program_name_pcre2><program_name>b</program_name></decoder>",
        OSSEC,
    )[0]

    assert found.prematch == Expression(text="p", syntax=Syntax.OSSEC_PCRE2)
    assert found.regex == Expression(text="(r)", syntax=Syntax.OSSEC_PCRE2)
    assert found.program == Expression(text="b", syntax=Syntax.OSSEC_MATCH)


def test_repeated_patterns_are_one_but_the_last_order_counts():
    found = decoders(ROOT + child("<regex>(a)</regex><regex> b</regex><order>x</order><order>y</order>"))[1]

    assert (found.regex.text, found.order) == ("(a) b", ("y",))


def test_an_osmatch_is_for_program_names_only():
    found = read(
        '<decoder name="a"><program_name type="osmatch">a</program_name></decoder>'
        '<decoder name="b"><prematch type="osmatch">a</prematch></decoder>'
    )

    assert [problem.fatal for problem in found.problems] == [False]
    assert found.decoders[1].prematch.syntax is Syntax.OSREGEX


@pytest.mark.parametrize(
    ("name", "plugin"),
    [
        ("JSON_Decoder", Plugin.JSON),
        ("PF_Decoder", Plugin.PF),
        ("SonicWall_Decoder", Plugin.SONICWALL),
        ("SymantecWS_Decoder", Plugin.SYMANTEC_WS),
        ("OSSECAlert_Decoder", Plugin.OSSEC_ALERT),
    ],
)
def test_plugins(name, plugin):
    found = decoders(ROOT + child(f"<plugin_decoder offset='after_parent'>{name}</plugin_decoder>"))[1]

    assert (found.plugin, found.plugin_offset) == (plugin, Offset.AFTER_PARENT)


def test_on_a_root_after_prematch_is_after_parent():
    (found,) = decoders(
        '<decoder name="a"><program_name/><regex offset="after_prematch">(a)</regex><order>x</order></decoder>'
    )

    assert found.regex_offset is Offset.AFTER_PARENT


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ('<decoder name="a"/>', 1, "needs a prematch, a parent or a program_name"),
        ("\n<rule/>", 2, "holds <decoder>"),
        ("<decoder/>", 1, "first attribute"),
        ('<decoder status="x" name="a"/>', 1, "first attribute"),
        (child("", parent="nobody"), 1, "'nobody'"),
        (ROOT + child("<regex>(a)</regex>"), 2, "regex and order come together"),
        (ROOT + child("<order>a</order>"), 2, "regex and order come together"),
        (ROOT + child("<fts>id</fts>"), 2, "fts needs a regex"),
        (ROOT + child(f"<plugin_decoder>PF_Decoder</plugin_decoder>{FIELDS}"), 2, "without regex and order"),
        (ROOT + child("<plugin_decoder>X</plugin_decoder>"), 2, "no plugin 'X'"),
        (ROOT + child("<regex>a</regex><order>x</order>"), 2, "needs a group"),
        (ROOT + child(r"<regex>\(a\)</regex><order>x</order>"), 2, "needs a group"),
        (ROOT + child("<regex offset='after_prematch'>(a)</regex><order>x</order>"), 2, "needs a prematch"),
        (ROOT + child("<regex offset='after_regex'>(a)</regex><order>x</order>"), 2, "an earlier decoder"),
        (ROOT + child("<regex offset='x'>(a)</regex><order>x</order>"), 2, "no offset 'x'"),
        (ROOT + child("<regex>(a)</regex><regex offset='after_parent'>b</regex><order>x</order>"), 2, "only the first"),
        (ROOT + child("<prematch offset='after_regex'>a</prematch>"), 2, "offset of a prematch"),
        ('<decoder name="a"><prematch offset="after_parent">a</prematch></decoder>', 1, "needs a parent"),
        (ROOT + child("<type>x</type>"), 2, "no type 'x'"),
        (ROOT + child(f"{FIELDS}<fts>y</fts>"), 2, "'y' is no field"),
        (ROOT + child(f"<regex>(a)</regex><order>{'x,' * 256}</order>"), 2, "more than 256"),
        (ROOT + child("<json_null_field>x</json_null_field>"), 2, "one of string, discard, empty"),
        (ROOT + child("<Order>x</Order>"), 2, "<Order> is unknown"),
        (ROOT + child("<pcre2>(x)</pcre2>"), 2, "<pcre2> is unknown"),
        (ROOT + child(FIELDS) + child(f"<prematch>a</prematch>{FIELDS}"), 3, "no prematch and no fts"),
        (ROOT + child(FIELDS) + child("<prematch>a</prematch>"), 3, "no prematch and no fts"),
        (ROOT + child("<prematch>a</prematch>") + child(FIELDS), 3, "each need a regex"),
    ],
)
def test_what_is_refused(text, line, said):
    problem = read(text).problems[0]

    assert problem.fatal
    assert str(problem.place) == f"d.xml:{line}"
    assert said in problem.problem


def test_ossec_remembers_at_most_eight_fields():
    assert "more than 8" in read(ROOT + child(f"{FIELDS}<fts>{','.join(['id'] * 9)}</fts>"), OSSEC).problems[0].problem


def test_a_decoder_may_continue_one_of_its_name():
    found = decoders(
        ROOT + child(FIELDS) + child("<regex offset='after_regex'>(b)</regex><order>y</order>") + child(FIELDS, "other")
    )

    assert [decoder.regex_offset for decoder in found[2:]] == [Offset.AFTER_REGEX, Offset.START]


def test_only_in_wazuh_a_plugin_stands_in_a_chain():
    text = ROOT + child(FIELDS) + child("<plugin_decoder>PF_Decoder</plugin_decoder>")

    assert read(text, WAZUH).problems == ()
    assert read(text, OSSEC).problems[0].fatal


def test_names_are_those_written_and_those_built_in():
    assert {"root", "child", "rootcheck", "windows_eventchannel"} <= read(ROOT + child("")).names
    assert "syscheck_integrity_changed_3rd" in read("", OSSEC).names
    assert "windows_eventchannel" not in read("", OSSEC).names


def test_a_pattern_that_cannot_be_used_is_refused_at_its_line():
    found = read('<decoder name="a">\n<prematch>(</prematch></decoder>', check_pattern=lambda e: "no")

    assert [(str(p.place), p.problem) for p in found.problems] == [("d.xml:2", "no; decoder 'a' is left out")]
    assert found.decoders == ()
