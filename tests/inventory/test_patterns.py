"""Host patterns: the same hosts as Ansible's, and a person's slips said."""

import json

import pytest

from ospatrol.inventory.inventory import load_inventory
from ospatrol.model.errors import UsageError

HOSTS = """\
lonely
[web]
web[1:5].example.com
[db]
db-[a:c]
[cache]
db-a
web1.example.com
[prod:children]
web
db
[eu-west]
10.0.0.1
2001:db8::1
fe80::1
[website]
www
"""

PATTERNS = """\
all
*
web
web:db
web,db
web:&cache
web:!cache
web:&cache:!web1.example.com
prod:!db
!db
&cache
!web:!db
web*
*.example.com
web?.example.com
web[12].example.com
db-[ab]
~web[1-3]
~(web|db).*
~^db-[bc]$
web[0]
web[-1]
web[1:2]
web[1:]
web[0:0]
web[-2]
prod[2:4]
web*[0]
lonely
db-a
db-a:db-b
db-a,web
 db-a , web1.example.com
ungrouped
un*
eu-west
10.0.0.1
2001:db8::1
fe80::1
fe80::1,db-a
w*:&*1*
*a
all:!ungrouped
all:&prod:!~.*2.*
db:db:db-a
prod:&cache,web[0]
website:web
web1.example.com:!web1.example.com
"""


@pytest.fixture
def inventory(inventory_of):
    return inventory_of({"hosts": HOSTS})


@pytest.mark.peer
def test_a_limit_chooses_what_it_chooses_in_ansible(tmp_path, inventory, ansible_inventory):
    patterns = PATTERNS.splitlines()

    listed = ansible_inventory([tmp_path, "-i", "hosts", "--limit", each, "--list"] for each in patterns)

    theirs = {
        each: set(json.loads(out)["_meta"]["hostvars"]) | hosts_of(out)
        for each, (_, out, _) in zip(patterns, listed, strict=True)
    }
    assert {each: set(inventory.select("all", each)) for each in patterns} == theirs


def hosts_of(out):
    return {host for name, group in json.loads(out).items() if name != "_meta" for host in group.get("hosts", ())}


@pytest.mark.peer
@pytest.mark.parametrize("group", ["all", "prod", "cache", "ungrouped"])
def test_a_graph_is_ansibles(group, tmp_path, inventory, ansible_inventory):
    [(status, out, _)] = ansible_inventory([[tmp_path, "-i", "hosts", "--graph", group]])

    assert status == 0
    assert "\n".join(inventory.graphed(group)) == out.rstrip("\n")


def test_hosts_come_in_the_order_of_the_pattern_each_once(inventory):
    assert inventory.select("db-b,web[0],db") == ("db-b", "web1.example.com", "db-a", "db-c")


def test_a_limit_narrows_and_keeps_the_order(inventory):
    assert inventory.select("db:web[0:1]", "web1.example.com,db-c") == ("db-c", "web1.example.com")


def test_a_limit_can_be_a_file_of_patterns(inventory, tmp_path):
    (tmp_path / "some.limit").write_text("db-a\n\nweb[0]\n")

    assert inventory.select("all", f"@{tmp_path}/some.limit") == ("db-a", "web1.example.com")


def test_a_missing_limit_file_is_named(inventory):
    with pytest.raises(UsageError, match=r"limit @nowhere: .*No such file"):
        inventory.select("all", "@nowhere")


def test_a_piece_that_matches_nothing_is_a_warning_once(inventory):
    chosen = inventory.select("db-a:nope")
    inventory.select("nope")

    assert chosen == ("db-a",)
    assert inventory.warnings[1:] == ("no host or group matches 'nope'",)


def test_nothing_at_all_is_an_empty_choice(inventory):
    assert inventory.select("nope") == ()


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("web[9]", r"there are only 5 hosts in 'web'"),
        ("web[-9]", r"there are only 5 hosts in 'web'"),
        ("~(", r"no regular expression"),
        ("web:&", r"must not end with & or !"),
    ],
)
def test_a_malformed_pattern_is_refused(pattern, message, inventory):
    with pytest.raises(UsageError, match=message):
        inventory.select(pattern)


def test_a_subscript_with_a_dash_works_and_is_a_warning(inventory):
    assert inventory.select("web[0-1]") == ("web1.example.com", "web2.example.com")
    assert "write the subscript as [x:y]" in inventory.warnings[-1]


def test_localhost_is_this_machine_where_no_source_names_it(inventory):
    assert inventory.select("localhost") == ("localhost",)
    assert inventory.select("all:localhost")[-1] == "localhost"
    assert inventory.host("localhost").implicit
    assert "localhost" not in inventory.select("all")


def test_localhost_is_the_host_that_is_named_like_it(inventory_of):
    inventory = inventory_of({"hosts": "127.0.0.1 x=1\n"})

    assert inventory.select("localhost") == ("127.0.0.1",)
    assert not inventory.host("127.0.0.1").implicit


def test_names_can_be_put_into_inventory_order(inventory):
    assert inventory.order({"localhost", "db-b", "web2.example.com"}) == ("web2.example.com", "db-b", "localhost")


def test_an_unknown_group_has_no_graph(inventory):
    with pytest.raises(UsageError, match="there is no group 'nope'"):
        inventory.graphed("nope")


def test_an_unknown_host_is_refused(inventory):
    with pytest.raises(UsageError, match="there is no host 'nope'"):
        inventory.host("nope")


def test_all_hosts_come_group_by_group():
    assert load_inventory(["b,a,"]).select() == ("b", "a")
