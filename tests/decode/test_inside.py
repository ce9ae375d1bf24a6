"""Messages that agents and managers make themselves."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ospatrol.decode.inside import decode_inside, settle


def files(**data):
    return json.dumps({"type": "event", "data": {"path": "/etc/passwd", "mode": "realtime", **data}})


def policy(kind, **more):
    return json.dumps({"type": kind, "policy": "CIS", "policy_id": "cis", **more})


def test_a_changed_file_has_what_was_and_what_is():
    text = files(
        type="modified",
        changed_attributes=["size", "mtime"],
        hard_links=["/a", "/b"],
        content_changes="1c1",
        tags="t",
        audit={"user_name": "root", "process_id": 7},
        attributes={"type": "file", "size": 5_000_000_000, "perm": "rw-r--r--", "mtime": 1622505600, "hash_md5": "b"},
        old_attributes={"type": "file", "size": 10, "perm": "rw-r--r--", "mtime": 1622505500, "hash_md5": "a"},
    )

    found = decode_inside("8", text)

    assert found.decoder == "syscheck_integrity_changed"
    assert found.log == text
    assert found.fields["size"] == "5000000000"
    assert {
        "file": "/etc/passwd",
        "size_before": "10",
        "perm": "rw-r--r--",
        "md5": "b",
        "md5_before": "a",
    }.items() <= found.fields.items()
    assert {
        "user_name": "root",
        "process_id": "7",
        "tag": "t",
        "event_type": "modified",
    }.items() <= found.fields.items()
    assert found.full_log.splitlines() == [
        "File '/etc/passwd' modified",
        "Hard links: /a,/b",
        "Mode: realtime",
        "Changed attributes: size,mtime",
        "Size changed from '10' to '5000000000'",
        "Old modification time was: '1622505500', now it is '1622505600'",
        "Old md5sum was: 'a'",
        "New md5sum is : 'b'",
        "What changed:",
        "1c1",
    ]


@pytest.mark.parametrize(
    ("kind", "event", "decoder", "says"),
    [
        ("file", "added", "syscheck_new_entry", "File '/etc/passwd' added"),
        ("file", "deleted", "syscheck_deleted", "File '/etc/passwd' deleted"),
        ("registry", "added", "syscheck_new_entry", "File '/etc/passwd' added"),
        ("registry_key", "added", "syscheck_registry_key_added", "Registry Key '[x64] /etc/passwd' added"),
        (
            "registry_value",
            "deleted",
            "syscheck_registry_value_deleted",
            "Registry Value '[x64] /etc/passwd\\v' deleted",
        ),
    ],
)
def test_the_decoder_says_what_happened_to_what(kind, event, decoder, says):
    found = decode_inside("8", files(type=event, arch="[x64]"[1:-1], value_name="v", attributes={"type": kind}))

    assert found.decoder == decoder
    assert found.full_log.splitlines() == [says, "Mode: realtime"]


def test_attributes_that_are_alike_are_not_told():
    found = decode_inside("8", files(type="modified", attributes={"size": 1, "uid": "0"}, old_attributes={"size": 1}))

    assert found.full_log == "File '/etc/passwd' modified\nMode: realtime"


def test_permissions_of_windows_are_printed():
    found = decode_inside("8", files(type="added", changed_attributes="size", attributes={"perm": {"S-1": ["x"]}}))

    assert found.fields["perm"] == '{\n\t"S-1":\t["x"]\n}'
    assert found.fields["changed_fields"] == "size"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "10:33188:0:0:a:b /etc/passwd",
        '{"type": "scan_start"}',
        '{"type": "event"}',
        files(type="renamed"),
        files(type="added", attributes={"type": "x"}),
        json.dumps({"type": "event", "data": {"type": "added", "path": None}}),
        '{"type": "event", "data": {"attributes": {"perm": ' + "[" * 398 + "]" * 398 + "}}}",
    ],
)
def test_other_messages_on_files_are_not_for_rules(text):
    assert decode_inside("8", text) is None


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        (
            "System Audit: SSH Hardening - 1: Port 22 {PCI_DSS: 2.2.4}. File: /etc/ssh/sshd_config. Reference: 1 .",
            {"title": "SSH Hardening - 1: Port 22", "file": "/etc/ssh/sshd_config"},
        ),
        ("System Audit: NAME. File: F. Reference: R .", {"title": "NAME", "file": "F"}),
        (
            "Trojaned version of file '/bin/ls' detected. Signature used: 'S' (D).",
            {"title": "Trojaned version of file detected.", "file": "/bin/ls"},
        ),
        (
            "File '/x' is owned by root and has written permissions to anyone.",
            {"title": "File is owned by root and has written permissions to anyone.", "file": "/x"},
        ),
        (
            "Rootkit 't0rn' detected by the presence of file '/x'.",
            {"title": "Rootkit 't0rn' detected by the presence of file '/x'."},
        ),
        ("Starting rootcheck scan.", {"title": "Starting rootcheck scan."}),
    ],
)
def test_rootcheck_has_a_title_and_a_file(text, fields):
    found = decode_inside("9", text)

    assert (found.decoder, found.fields, found.log) == ("rootcheck", fields, text)


def test_rootcheck_says_whether_a_text_is_new():
    found = decode_inside("9", "Starting rootcheck scan.")

    assert settle(found, None).is_new
    assert not settle(found, found.state).is_new
    assert decode_inside("9", "") is None


def test_a_check_has_its_fields_and_its_lists_as_json():
    text = policy(
        "check",
        id=77,
        check={
            "id": 5,
            "title": "t",
            "compliance": {"pci_DSS": "2"},
            "file": "/a,/b",
            "command": ["x"],
            "process": "",
            "result": "failed",
            "rules": ["f:/a"],
        },
    )

    found = decode_inside("p", text)

    assert found.decoder == "sca"
    assert found.fields == {
        "sca.type": "check",
        "sca.scan_id": "77",
        "sca.policy": "CIS",
        "sca.check.id": "5",
        "sca.check.title": "t",
        "sca.check.compliance.pci_dss": "2",
        "sca.check.file": '["/a","/b"]',
        "sca.check.command": '["x"]',
        "sca.check.result": "failed",
    }
    assert found.names == {"sca.check.compliance.pci_dss": "sca.check.compliance.pci_DSS"}
    assert (found.key, found.state) == ("check cis 5", "failed")


def test_a_check_is_for_rules_when_its_result_is_another():
    found = decode_inside("p", policy("check", check={"id": 5, "result": "", "reason": "no such file"}))

    assert found.fields["sca.check.result"] == "not applicable"
    assert settle(found, None) == found
    assert settle(found, "not applicable") is None
    assert settle(found, "passed").fields["sca.check.previous_result"] == "passed"


def test_a_summary_has_its_numbers():
    found = decode_inside(
        "p", policy("summary", scan_id=1, passed=3, failed=1, invalid=0, total_checks=4, hash="h", file="cis.yml")
    )

    assert found.fields == {
        "sca.type": "summary",
        "sca.scan_id": "1",
        "sca.policy": "CIS",
        "sca.policy_id": "cis",
        "sca.passed": "3",
        "sca.failed": "1",
        "sca.invalid": "0",
        "sca.total_checks": "4",
        "sca.score": "75",
        "sca.file": "cis.yml",
    }
    assert settle(found, "h") is None
    assert settle(found, "g") == found
    assert "sca.score" not in decode_inside("p", policy("summary", passed="x", failed=1)).fields
    assert decode_inside("p", policy("summary", passed=0, failed=0)).fields["sca.score"] == "0"


@pytest.mark.parametrize("text", ["", "x", policy("policies"), policy("dump_end"), policy("check"), "[]"])
def test_other_messages_on_policies_are_not_for_rules(text):
    assert decode_inside("p", text) is None


def test_open_ports_are_new_or_changed_or_no_event():
    found = decode_inside("3", "Host: 10.0.0.1 (web1), open ports: 22 (tcp) 80 (tcp)")

    assert (found.key, found.state) == ("hostinfo 10.0.0.1", "22 (tcp) 80 (tcp)")
    assert settle(found, None).decoder == "hostinfo_new"
    assert settle(found, "22 (tcp)").decoder == "hostinfo_modified"
    assert settle(found, found.state) is None
    assert decode_inside("3", "Host: 10.0.0.1") is None


def test_what_needs_no_state_stays_as_it_is():
    found = decode_inside("8", files(type="added", attributes={"type": "file"}))

    assert settle(found, None) is found
    assert decode_inside("1", "text") is None


@settings(max_examples=500, deadline=None, derandomize=True)
@given(
    st.sampled_from("3589fpx"),
    st.text(alphabet=st.characters(max_codepoint=255))
    | st.recursive(
        st.none()
        | st.integers()
        | st.text(max_size=3)
        | st.sampled_from(["event", "check", "summary", "added", "file"]),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ["type", "data", "path", "attributes", "check", "id", "Event", "file", "passed", "compliance"]
                ),
                inner,
            )
        ),
    ).map(json.dumps),
)
def test_nothing_makes_it_fail(queue, text):
    found = decode_inside(queue, text)

    assert found is None or found.log


@pytest.mark.timeout(20)
@pytest.mark.parametrize("piece", ["File: ", "file '", ". ", "[", "a", '{"a":', "' "])
@pytest.mark.parametrize("queue", ["3", "8", "9", "f", "p"])
def test_a_message_of_a_megabyte_takes_no_more_than_its_length(queue, piece):
    for start in ("", "Host: ", '{"type": "check", "check": {"id": 1, "file": "', '{"Event": "'):
        found = decode_inside(queue, start + piece * (1_000_000 // len(piece)))

        assert found is None or queue == "9"
