"""`ospatrol inventory` as a person meets it."""

import json

import pytest

from ospatrol.cli.main import main

HOSTS = """\
[web]
web[1:2] ansible_host=10.0.0.1
[db]
db1 db_password=hunter2 note="{{ groups.web | join(' ') }}"
[odd-name]
db1
"""


@pytest.fixture
def ospatrol(write_files, monkeypatch, capsys):
    """Runs the command line in a folder of files: status, output, errors."""

    def run(files, *arguments):
        monkeypatch.chdir(write_files(files))
        status = main(["inventory", *arguments])
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return run


def test_hosts_are_listed_with_their_groups(ospatrol):
    status, out, err = ospatrol({"inventories/hosts": HOSTS}, "list")

    assert status == 0
    assert out == "HOST  GROUPS\nweb1  web\nweb2  web\ndb1   db, odd-name\n"
    assert err == (
        "ospatrol: warning: inventories/hosts:5: group name 'odd-name' has characters that variables cannot have\n"
    )


def test_a_pattern_and_a_limit_narrow_the_list(ospatrol):
    status, out, err = ospatrol({"h": HOSTS}, "list", "-i", "h", "web:nope", "-l", "web2")

    assert (status, out) == (0, "HOST  GROUPS\nweb2  web\n")
    assert err.splitlines()[1:] == ["ospatrol: warning: no host or group matches 'nope'"]


def test_a_choice_without_hosts_is_refused(ospatrol):
    status, out, err = ospatrol({"h": HOSTS}, "list", "-i", "h", "web", "--limit", "db")

    assert (status, out) == (2, "")
    assert err.endswith("ospatrol: no host matches 'web' and 'db'\n")


def test_the_list_as_json_is_ansibles(ospatrol):
    status, out, _ = ospatrol({"h": HOSTS, "group_vars/web": 'x: "\\x9b{{ y }} ü"\n'}, "list", "-i", "h", "--json")

    assert status == 0
    assert "\x9b" not in out
    assert "ü" in out
    assert json.loads(out)["_meta"]["hostvars"]["web1"] == {"ansible_host": "10.0.0.1", "x": "\x9b{{ y }} ü"}


def test_another_folder_can_stand_for_the_playbooks(ospatrol):
    files = {"h": HOSTS, "play/group_vars/web": "x: 1\n"}

    _, out, _ = ospatrol(files, "list", "-i", "h", "--json", "--playbook-dir", "play", "-l", "web1")

    assert json.loads(out)["_meta"]["hostvars"]["web1"]["x"] == 1


def test_a_graph_is_drawn(ospatrol):
    status, out, _ = ospatrol({"h": HOSTS}, "graph", "-i", "h", "web")

    assert (status, out) == (0, "@web:\n  |--web1\n  |--web2\n")


def test_a_host_is_shown_without_its_secrets(ospatrol):
    status, out, err = ospatrol({"h": HOSTS, "host_vars/db1": "bad: '{{ gone }}'\n"}, "host", "-i", "h", "db1")

    assert status == 0
    assert json.loads(out) == {"db_password": "********", "note": "web1 web2", "bad": "{{ gone }}"}
    assert "ospatrol: warning: host_vars/db1:1: the template uses what nobody gave: 'gone' is undefined\n" in err


def test_a_clean_inventory_passes_its_check(ospatrol):
    status, out, _ = ospatrol({"h": HOSTS}, "check", "-i", "h")

    assert (status, out) == (0, "3 hosts, 5 groups: no mistake\n")


def test_a_check_names_every_mistake_and_ends_with_2(ospatrol):
    files = {"h": HOSTS, "host_vars/db1": "bad: '{{ gone }}'\nansible_port: x\n"}

    status, out, err = ospatrol(files, "check", "-i", "h")

    assert (status, out) == (2, "")
    assert [line.split(": ")[1] for line in err.splitlines()[1:]] == ["host_vars/db1:1", "host_vars/db1:2"]


def test_a_check_can_be_of_some_hosts(ospatrol):
    files = {"h": HOSTS, "host_vars/db1": "ansible_port: x\n"}

    assert ospatrol(files, "check", "-i", "h", "web")[0] == 0


def test_mistakes_in_sources_end_every_command_with_2(ospatrol):
    status, out, err = ospatrol({"h": "[a b]\nc d\n"}, "graph", "-i", "h")

    assert (status, out) == (2, "")
    assert err.count("ospatrol: h:") == 2
