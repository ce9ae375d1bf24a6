"""What a person wrote wrongly in an inventory: every mistake, with its file and line."""

import os

import pytest

from ospatrol.inventory.inventory import load_inventory
from ospatrol.model.errors import ConfigErrors


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("h ; x=1", "expected variable=value after the host, found ';'"),
        ("h x", "expected variable=value after the host, found 'x'"),
        ("h x='", "the quotes of this line do not match: no closing quotation"),
        ("h:", "host 'h:' ends with a colon: a port must follow, or this is YAML"),
        ("---", "'---' begins YAML, not INI"),
        ('""', "a host needs a name"),
        ("h\x1bc", "the host name 'h\\x1bc' holds characters that cannot be printed"),
        ("[a b]", "[a b] is no section: it must be [group], [group:vars] or [group:children]"),
        ("[::1]", "[::1] is no section: it must be [group], [group:vars] or [group:children]"),
        ("[a:hosts:x]", "[a:hosts:x] is no section: it must be [group], [group:vars] or [group:children]"),
        ("[a:sons]", "[a:sons]: 'sons' is none of hosts, children, vars"),
        ("h[1:3", "the range in 'h[1:3' has no closing bracket"),
        ("h[1]", "the range [1] must be [begin:end] or [begin:end:step]"),
        ("h[1:2:3:4]", "the range [1:2:3:4] must be [begin:end] or [begin:end:step]"),
        ("h[1:]", "the range [1:] has no end"),
        ("h[01:100]", "the two ends of the range [01:100] must be equally long, as the first starts with 0"),
        ("h[a:3]", "the range [a:3] must be of numbers or of single letters"),
        ("h[c:a]", "the range [c:a] must begin before it ends"),
        ("h[1:3:0]", "the step of the range [1:3:0] must be a number from 1"),
        ("h[1:3:x]", "the step of the range [1:3:x] must be a number from 1"),
        ("h[1:9999999]", "the range [1:9999999] means more than 1000000 hosts"),
        ("h[1:9999][1:9999]", "'h[1:9999][1:9999]' means more than 1000000 hosts"),
        ('h x="{{1}}"', "the value '{{1}}' reads as a Python literal that cannot be: unhashable type: 'set'"),
        (
            'h x="{(1,): 2}"',
            (
                "the value '{(1,): 2}' reads as a Python literal that cannot be: "
                "a key must be text or a number, not a tuple"
            ),
        ),
    ],
)
def test_a_line_of_an_ini_file_that_is_wrong_is_named(line, problem, mistakes_of):
    assert mistakes_of({"hosts.ini": f"# a comment\n{line}\nfine x=1\n"}) == [f"hosts.ini:2: {problem}"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[g:vars]\nx\n[g]\n", "hosts.ini:2: expected variable=value, found 'x'"),
        ("[g:children]\na b\n[a]\n", "hosts.ini:2: expected the name of a group, found 'a b'"),
        ("[g:vars]\nx=1\n", "hosts.ini:1: [g:vars] is for a group that has no section [g]"),
        ("[g:children]\n\nchild\n", "hosts.ini:3: child group 'child' of 'g' has no section [child]"),
        ("[g]\n[g:vars]\nansible_group_priority=x\n", "hosts.ini:3: ansible_group_priority must be a whole number"),
        ("[g]\n[g:vars]\nansible_group_priority=[1]\n", "hosts.ini:3: ansible_group_priority must be a whole number"),
        ("[g:children]\ng\n", "hosts.ini:2: group 'g' as a child of 'g' would contain itself"),
        ("[g]\n[g:children]\nall\n", "hosts.ini:3: group 'all' as a child of 'g' would contain itself"),
        ("[a]\n[b:children]\na\n[a:children]\nb\n", "hosts.ini:5: group 'b' as a child of 'a' would contain itself"),
    ],
)
def test_a_section_of_an_ini_file_that_is_wrong_is_named(text, problem, mistakes_of):
    assert mistakes_of({"hosts.ini": text}) == [problem]


def test_every_mistake_of_every_source_is_named_at_once(mistakes_of):
    files = {
        "inv/a.ini": "h x\n[g\nok\n[a b]\n",
        "inv/b.yml": "all:\n  hosts: [a]\nweb:\n  vars: 5\n",
        "inv/c.yml": "all: {\n",
    }

    assert mistakes_of(files, "inv", "missing") == [
        "inv/a.ini:1: expected variable=value after the host, found 'x'",
        "inv/a.ini:2: the range in '[g' has no closing bracket",
        "inv/a.ini:4: [a b] is no section: it must be [group], [group:vars] or [group:children]",
        "inv/b.yml:2: 'hosts' of group 'all': write each as a key with a colon, without a dash",
        "inv/b.yml:4: 'vars' of group 'web': it must be a mapping",
        "inv/c.yml:2: not valid YAML: did not find expected node content",
        "missing: there is no such inventory",
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("all:\n  hosts:\n    a: 5\n", "hosts.yml:3: what stands below host 'a' must be a mapping of its variables"),
        ("all:\n  hosts:\n    a[1]:\n", "hosts.yml:3: the range [1] must be [begin:end] or [begin:end:step]"),
        ("a:\n  children:\n    b: text\n", "hosts.yml:3: child group 'b' must be a mapping, or empty"),
        (
            "a:\n  children:\n    b:\n      children: {a: }\n",
            "hosts.yml:3: group 'b' as a child of 'a' would contain itself",
        ),
        (
            "a:\n  vars:\n    ansible_group_priority: high\n",
            "hosts.yml:3: ansible_group_priority must be a whole number",
        ),
        ("'':\n  hosts: {a: }\n", "hosts.yml:1: a group needs a name"),
        ("a:\n  hosts: {'': }\n", "hosts.yml:2: a host needs a name"),
        ("- a\n- b\n", "hosts.yml:1: a YAML inventory must be a mapping of groups"),
        (
            "plugin: aws_ec2\nregions: [x]\n",
            (
                "hosts.yml: inventory plugin 'aws_ec2' is Ansible's own code; give its"
                " result instead: an executable that prints what `ansible-inventory --list` prints"
            ),
        ),
        ("a:\n  vars:\n    x: !strange 5\n", "hosts.yml:3: unknown tag !strange"),
        ("a:\n  vars:\n    x: !strange [5]\n", "hosts.yml:3: unknown tag !strange"),
        ("a:\n\tb: 1\n", "hosts.yml:2: not valid YAML: found character that cannot start any token"),
    ],
)
def test_a_yaml_tree_that_is_wrong_is_named(text, problem, mistakes_of):
    assert mistakes_of({"hosts.yml": text}) == [problem]


def test_a_file_without_suffix_is_told_to_be_yaml_or_ini_by_its_look(mistakes_of):
    assert mistakes_of({"hosts": "---\nall:\n  hosts: {\n"}) == [
        "hosts:4: not valid YAML: did not find expected node content"
    ]
    assert mistakes_of({"hosts": "[web]\nh x\n"}) == ["hosts:2: expected variable=value after the host, found 'x'"]


def test_what_is_nested_beyond_reason_is_refused(mistakes_of):
    deep = "[" * 100_000

    assert mistakes_of({"hosts.json": deep}) == ["hosts.json:1: nested too deeply"]


def test_a_toml_file_that_is_wrong_is_named(mistakes_of):
    assert mistakes_of({"hosts.toml": "[a\n"})[0].startswith("hosts.toml: not valid TOML: ")


def test_what_is_no_utf_8_is_named_unless_it_is_a_comment(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "hosts.ini").write_bytes(b"# caf\xe9\nfine\n")
    (tmp_path / "bad.ini").write_bytes(b"fine\ncaf\xe9\n")

    with pytest.raises(ConfigErrors, match=r"^bad.ini:2: not valid UTF-8$"):
        load_inventory(["bad.ini"])
    assert list(load_inventory(["hosts.ini"]).hosts) == ["fine"]


def test_what_is_no_file_is_refused_without_waiting_for_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    os.mkfifo("pipe")

    with pytest.raises(ConfigErrors, match=r"^pipe: is no regular file$"):
        load_inventory(["pipe"])


@pytest.mark.skipif(os.geteuid() == 0, reason="root can read everything")
def test_a_file_that_may_not_be_read_is_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "hosts.ini").write_text("a\n")
    (tmp_path / "hosts.ini").chmod(0)

    with pytest.raises(ConfigErrors, match=r"^hosts.ini: cannot be read: permission denied$"):
        load_inventory(["hosts.ini"])


def test_dev_null_is_an_empty_inventory():
    assert not load_inventory([os.devnull]).hosts


@pytest.mark.parametrize(
    ("script", "problem"),
    [
        ("exit 3", "inv: --list ended with status 3: "),
        ("echo oops >&2; exit 1", "inv: --list ended with status 1: oops"),
        ("echo no", "inv: --list prints no JSON: Expecting value: line 1 column 1 (char 0)"),
        ("true", "inv: --list prints no JSON: Expecting value: line 1 column 1 (char 0)"),
        ("echo []", "inv: --list must print a JSON object"),
        ("""echo '{"g": 5}'""", "inv: g must be a JSON object"),
        ("""echo '{"g": {"hosts": "a"}}'""", "inv: g.hosts must be a list of names"),
        ("""echo '{"g": {"hosts": [1]}}'""", "inv: g.hosts must be a list of names"),
        ("""echo '{"g": {"vars": []}}'""", "inv: g.vars must be a JSON object"),
        ("""echo '{"g": {"children": 5}}'""", "inv: g.children must be a list"),
        ("""echo '{"_meta": {}}'""", "inv: _meta.hostvars must be a JSON object"),
        ("""echo '{"g": ["a"], "_meta": {"hostvars": {"a": 1}}}'""", "inv: _meta.hostvars.a must be a JSON object"),
        ("""[ $1 = --list ] && echo '{"g": ["a"]}' || exit 4""", "inv: --host a ended with status 4: "),
    ],
)
def test_a_program_that_is_wrong_is_named(script, problem, mistakes_of):
    assert mistakes_of({"inv": f"#!/bin/sh\n{script}\n"}) == [problem]


def test_what_a_program_complains_of_is_a_warning_with_controls_escaped(inventory_of):
    inventory = inventory_of({"inv": "#!/bin/sh\nprintf '\\033[2Jslow\\n' >&2; echo '{}'\n"})

    assert inventory.warnings == ("inv: --list says: \\x1b[2Jslow",)


def test_a_program_whose_interpreter_is_missing_is_named(mistakes_of):
    assert mistakes_of({"inv": "#!/nowhere/at/all\n"}) == ["inv: cannot be run: no such file or directory"]


def test_what_is_odd_and_no_mistake_is_a_warning(inventory_of):
    text = "web-eu:\n  hosts: {web: , x: }\n  parents: {a: }\n  nothing:\nweb: text\nweb2: {hosts: {web2: }}\n"

    inventory = inventory_of({"hosts.yml": text})

    assert inventory.warnings == (
        "hosts.yml:1: group name 'web-eu' has characters that variables cannot have",
        "hosts.yml:3: group 'web-eu' may have vars, children, hosts, not 'parents'; it is skipped",
        "hosts.yml:5: 'web' is skipped: a group must be a mapping",
        "'web2' is the name of a host and of a group: its variables are the group's",
    )


@pytest.mark.parametrize(
    ("files", "problem"),
    [
        ({"group_vars/web.yml": "a: {\n"}, "group_vars/web.yml:2: not valid YAML: did not find expected node content"),
        ({"group_vars/web": "- a\n"}, "group_vars/web:1: a file of variables must be a mapping of names to values"),
        ({"host_vars/h.json": "text"}, "host_vars/h.json:1: a file of variables must be a mapping of names to values"),
        ({"group_vars/all/x.yml": "$ANSIBLE_VAULT;1.1;AES256\n3031\n"}, "group_vars/all/x.yml:1: damaged"),
    ],
)
def test_a_file_of_variables_that_is_wrong_is_named_when_its_host_is_asked_for(files, problem, inventory_of):
    inventory = inventory_of({"hosts": "[web]\nh\n[db]\nfine\n", **files})

    with pytest.raises(ConfigErrors) as caught:
        inventory.variables("h")

    assert str(caught.value).startswith(problem)


def test_all_files_of_variables_that_are_wrong_are_named_at_once(inventory_of):
    bad = {"group_vars/web.yml": "a: {\n", "group_vars/all.yml": "- a\n", "host_vars/h.yml": "5\n"}
    inventory = inventory_of({"hosts": "[web]\nh\ni\n[db]\nfine\n", **bad})

    with pytest.raises(ConfigErrors) as caught:
        inventory.target("h")

    assert [error.place.path for error in caught.value.errors] == [
        "group_vars/all.yml",
        "group_vars/web.yml",
        "host_vars/h.yml",
    ]
