"""Events of the Windows event channel."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ospatrol.decode.windows_audit import CATEGORIES, SUBCATEGORIES
from ospatrol.decode.windows_event import decode_windows
from ospatrol.decode.xml_text import DEEPEST, MOST_ELEMENTS, read_xml

XML = (
    "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System>"
    "<Provider Name='Microsoft-Windows-Security-Auditing' Guid='{54849625}'/><EventID>4719</EventID>"
    "<Level>0</Level>"
    "<Keywords>0x8020000000000000</Keywords><TimeCreated SystemTime='2019-11-07T10:37:04.2260925Z'/>"
    "<Correlation ActivityID='{x}'>z</Correlation><Execution ProcessID='736' ThreadID='812'/>"
    "<Channel>Security</Channel>"
    "<Computer>WIN1</Computer><Security/></System><EventData>{data}</EventData>"
    "<UserData><LogFileCleared xmlns='x'><SubjectUserName>u</SubjectUserName><Empty/></LogFileCleared></UserData>"
    "</Event>"
)


def decode(xml, **more):
    return decode_windows(json.dumps({"Event": xml, **more}))


def event(data):
    found = decode(XML.replace("{data}", data))
    return {
        found.names.get(name, name).removeprefix("win.eventdata."): value
        for name, value in found.fields.items()
        if name.startswith("win.eventdata.")
    }


def test_the_system_part_is_told_with_small_first_letters():
    found = decode(XML.replace("{data}", ""), Message='He said "no".\r\n\tx')

    document = json.loads(found.full_log)["win"]
    assert found.decoder == "windows_eventchannel"
    assert found.log == found.full_log
    assert document == {
        "system": {
            "providerName": "Microsoft-Windows-Security-Auditing",
            "providerGuid": "{54849625}",
            "eventID": "4719",
            "level": "0",
            "keywords": "0x8020000000000000",
            "systemTime": "2019-11-07T10:37:04.2260925Z",
            "processID": "736",
            "threadID": "812",
            "channel": "Security",
            "computer": "WIN1",
            "severityValue": "AUDIT_SUCCESS",
            "message": '"He said "no".\r\n\tx"',
        },
        "logFileCleared": {"subjectUserName": "u"},
    }
    assert found.fields["win.system.eventid"] == "4719"
    assert found.names["win.system.eventid"] == "win.system.eventID"


@pytest.mark.parametrize(
    ("data", "fields"),
    [
        ("<Data Name='SubjectUserName'>a&amp;b \n</Data>", {"subjectUserName": "a&amp;b"}),
        ("<Data Name='Path'>C:\\Windows\tx</Data>", {"path": "C:\\\\Windows\\tx"}),
        (
            '<Data Name="A">1</Data><Data Name=\'B\'>-</Data><Data Name="C"></Data><Data Name="D">(NULL)</Data>',
            {"a": "1"},
        ),
        ("<Data>one</Data><Data>-</Data><Data>two</Data><Binary>AB</Binary>", {"binary": "AB", "data": "one, two"}),
        ("<Data Name='CategoryId'>%%8274</Data>", {"categoryId": "%%8274", "category": "Object Access"}),
        (
            "<Data Name='SubcategoryId'>%%12804</Data>",
            {"subcategoryId": "%%12804", "subcategory": "Other Object Access Events"},
        ),
        (
            "<Data Name='CategoryId'>1</Data><Data Name='SubcategoryId'>2</Data>",
            {"categoryId": "1", "subcategoryId": "2"},
        ),
        (
            "<Data Name='AuditPolicyChanges'>%%8449, %%8451</Data>",
            {"auditPolicyChangesId": "%%8449, %%8451", "auditPolicyChanges": "Success added, Failure added"},
        ),
        ("<Data Name='AuditPolicyChanges'>%%1</Data>", {"auditPolicyChangesId": "%%1"}),
    ],
)
def test_event_data_is_told_as_json_escapes_it(data, fields):
    assert event(data) == fields


@pytest.mark.parametrize(
    ("level", "keywords", "severity"),
    [
        ("1", "", "CRITICAL"),
        ("2", "", "ERROR"),
        ("3", "", "WARNING"),
        ("4", "", "INFORMATION"),
        ("5", "", "VERBOSE"),
        ("0", "0x8010000000000000", "AUDIT_FAILURE"),
        ("0", "0x8020000000000000", "AUDIT_SUCCESS"),
        ("0", "0x8000000000000000", "UNKNOWN"),
        ("0", "x", "UNKNOWN"),
        ("0", "", "UNKNOWN"),
        ("6", "", "UNKNOWN"),
        ("", "", "UNKNOWN"),
    ],
)
def test_the_severity_is_that_of_level_and_keywords(level, keywords, severity):
    found = decode(f"<Event><System><Level>{level}</Level><Keywords>{keywords}</Keywords></System></Event>")

    assert found.fields["win.system.severityvalue"] == severity


def test_audit_categories_are_counted_on_from_their_first():
    assert (CATEGORIES["8272"], CATEGORIES["8280"]) == ("System", "Account Logon")
    assert (SUBCATEGORIES["12554"], SUBCATEGORIES["14339"]) == ("Group Membership", "Kerberos Authentication Service")
    assert len(SUBCATEGORIES) == 59


@pytest.mark.parametrize("text", ["", "x", "[]", "{}", '{"Event": 1}'])
def test_what_no_agent_sends_is_no_event(text):
    assert decode_windows(text) is None


def test_a_name_that_is_no_ascii_stays_as_it_is():
    assert event("<Data Name='\xc3\x84x'>1</Data>") == {"\xc3\x83\xc2\x84x": "1"}


def test_an_event_without_an_event_is_unknown():
    assert decode("<x/>").full_log == '{"win":{"system":{"severityValue":"UNKNOWN"}}}'


def test_xml_is_read_tolerantly():
    root = read_xml("""a<?xml version="1"?><x a='1' a='2' b="3" c=4 d><y>t</z>u</x>v</q><w/>""")

    assert [child.name for child in root.children] == ["x", "w"]
    assert root.children[0].attributes == {"a": "1", "b": "3"}
    assert root.children[0].children[0].text == "tu"
    assert root.text == 'a<?xml version="1"?>v'


def test_xml_is_bounded_in_depth_and_number():
    deep = read_xml("<a>" * 1000)
    many = read_xml("<a/>" * (MOST_ELEMENTS + 10))

    depth = 0
    while deep.children:
        deep, depth = deep.children[0], depth + 1
    assert depth == DEEPEST
    assert len(many.children) == MOST_ELEMENTS


@settings(max_examples=800, deadline=None, derandomize=True)
@given(
    st.lists(
        st.sampled_from(
            ["<", ">", "/", "a", " b='", "'", '"', "<Event>", "<System>", "<Data Name='x'>", "\0", "%%8272"]
        )
    ).map("".join)
    | st.text()
)
def test_nothing_makes_it_fail(xml):
    found = decode(xml, Message=xml)
    inside = decode(f"<Event><System>{xml}</System><EventData>{xml}</EventData></Event>")

    assert found is None or found.log
    assert inside is None or inside.log


@pytest.mark.timeout(20)
@pytest.mark.parametrize("piece", ["<a ", "</a>x", "<a>", "<a b='", "a=", "<a b=\"'", "<", "&", "<!--", "<![CDATA["])
def test_an_event_of_a_megabyte_takes_no_more_than_its_length(piece):
    for start in ("", "<a ", "<Event><EventData>"):
        assert decode(start + piece * (1_000_000 // len(piece))).log
