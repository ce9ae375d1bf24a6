"""Variables of a host: what wins, how templates and vault texts resolve, and what stays secret."""

import json
from pathlib import Path

import pytest

from ospatrol.inventory.check import mistakes
from ospatrol.inventory.show import shown_variables
from ospatrol.load.filters import FILTERS, TESTS
from ospatrol.load.vault import VaultKey, VaultKeys
from ospatrol.load.yaml import Flavour, read_yaml
from ospatrol.model.errors import ConfigError, UndefinedVariable, UsageError
from ospatrol.model.place import Place
from ospatrol.model.secret import Secret

KEYS = VaultKeys(keys=(VaultKey(label="default", password=Secret("secret")),))

# `ansible-vault encrypt_string` and `ansible-vault encrypt`, password `secret`
S3CR3T = """\
$ANSIBLE_VAULT;1.1;AES256
63376433393237353437363566343633343939316131343965653962366465316431623631653165
3762363930623838386535633632646463316635333061300a303632646237666335306138633466
31303033626332663232656538376163306233333939316436303233613738326437363162303430
6637313633323363310a356431666362643632326563356161353864616432626534313837396236
6563"""
WHOLE_FILE = """\
$ANSIBLE_VAULT;1.1;AES256
65363037396666383835353761653966616138323836396666323239653764346338343336373831
6263393166653830353263343736356235666536326131340a346363303334353563313063653437
62353338353435313038336431303665303761363331306463383937373261393039383663313332
6237383465386431360a356364663765643835323935373037616362653935313064363364346364
30396232373231653533373466373763643936346133666534663262666631326330626137333337
33663736623830383562663734306339373463636465356135396237313038636535306532313166
613936613664313732333664643665316639"""  # db_user: "admin", db_port: 5432, nested: {deep: [hidden]}
WHOLE_TREE = """\
$ANSIBLE_VAULT;1.1;AES256
34316135643063353865323737356161323766616533386162386538353162666136376131653638
3764613931653665643062663432303561346361653130370a336562393039313836613231613233
62383633396638316461306264613863386632393331643532643838386432343530626262386331
3731386563323633630a643965383262356637653030356331616439643136343463613739376364
30303561613938653863383935303039656430623132633161616334666465353235"""  # web: {hosts: {h: {v: 1}}}
TEMPLATE = """\
$ANSIBLE_VAULT;1.1;AES256
35316439346232366230666630633962323631303332346138386139333562616262383833653530
3935393439646561383134346365633131363737373739650a313539643834616361346361323032
64353334313936656530346630336634653632313632623063303131656331303766643138303365
6536643031653763630a313530623839616564646236616665353435393463646338633639333030
35646333363866376565653336663836393938646465353037376331616562363336"""  # {{ plain }}-{{ 1 + 1 }}


NO_PASSWORD = "encrypted with Ansible-Vault and no password was given; use --vault-password-file or --vault-id"
CONNECTIONS = "known are local, network_cli, paramiko, paramiko_ssh, smart, ssh"
METHODS = "known are doas, su, sudo"


def vault(text, indent=2):
    return "!vault |\n" + "\n".join(" " * indent + line for line in text.splitlines()) + "\n"


def test_templates_resolve_with_native_types_through_each_other(inventory_of):
    inventory = inventory_of(
        {
            "hosts": "[web]\nweb1.example.com port=8080\n[db]\ndb1 ansible_host=10.0.0.9\n",
            "group_vars/all.yml": """\
port_seen: "{{ port }}"
url: "http://{{ inventory_hostname }}:{{ port_seen }}/"
short: "{{ inventory_hostname_short }}"
mine: "{{ group_names }}"
everyone: "{{ groups['all'] }}"
db: "{{ hostvars['db1'].ansible_host }}"
db_through_groups: "{{ groups.db | map('extract', hostvars, 'ansible_host') | list }}"
deep: [{a: "{{ short }}", b: [1, "{{ port + 1 }}"]}, !unsafe "{{ as it is }}"]
missing_host: "{{ hostvars['nope'].x | default('none') }}"
folder: "{{ inventory_dir == playbook_dir }} {{ inventory_file.endswith('/hosts') }}"
""",
        }
    )

    assert inventory.variables("web1.example.com") == {
        "port": 8080,
        "port_seen": 8080,
        "url": "http://web1.example.com:8080/",
        "short": "web1",
        "mine": ["web"],
        "everyone": ["web1.example.com", "db1"],
        "db": "10.0.0.9",
        "db_through_groups": ["10.0.0.9"],
        "deep": [{"a": "web1", "b": [1, 8081]}, "{{ as it is }}"],
        "missing_host": "none",
        "folder": "True True",
    }


def test_only_what_is_asked_for_is_resolved(inventory_of):
    inventory = inventory_of({"hosts": 'h ansible_host="{{ ip }}" ip=10.0.0.1 broken="{{ gone }}"\n'})

    assert inventory.target("h").address == "10.0.0.1"
    with pytest.raises(UndefinedVariable, match=r"^hosts:1: .*'gone' is undefined"):
        inventory.variables("h")


def test_the_short_name_of_an_address_is_the_address(inventory_of):
    inventory = inventory_of({"hosts": "10.0.0.1\n"})

    assert inventory.resolve("10.0.0.1", "{{ inventory_hostname_short }}") == "10.0.0.1"


def test_any_value_resolves_for_a_host_and_the_plays_variables_win(inventory_of):
    inventory = inventory_of({"hosts": "h colour=red size=1\n"})
    value = {"a": ["{{ colour }}", "{{ size }}", "{{ twice }}"], "b": 5, "c": None, "d": "text", "e": True}

    resolved = inventory.resolve("h", value, {"colour": "blue", "twice": "{{ colour }}{{ colour }}"})

    assert resolved == {"a": ["blue", 1, "blueblue"], "b": 5, "c": None, "d": "text", "e": True}


def test_a_value_that_knows_its_lines_reports_them(inventory_of):
    inventory = inventory_of({"hosts": "h\n"})
    value = read_yaml("paths:\n  - /etc\n  - '{{ gone }}'\n", "play.yml", flavour=Flavour.OURS)

    with pytest.raises(UndefinedVariable, match=r"^play.yml:3: "):
        inventory.resolve("h", value)


def test_a_value_without_lines_reports_the_place_that_is_given(inventory_of):
    with pytest.raises(UndefinedVariable, match=r"^play.yml:9: "):
        inventory_of({"hosts": "h\n"}).resolve("h", ["{{ gone }}"], place=Place("play.yml", 9))


CHAIN = "\n".join(f'v{n}: "{{{{ v{n + 1} }}}}"' for n in range(99))
LOOP = "variables refer to each other in a loop"


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"hosts": 'h a="{{ b }}" b="{{ a }}"\n'}, f"hosts:1: {LOOP}: a -> b -> a"),
        ({"hosts": 'h a="{{ a }}"\n'}, f"hosts:1: {LOOP}: a -> a"),
        ({"hosts": "h a='{{ hostvars.i.a }}'\ni a='{{ hostvars.h.a }}'\n"}, f"hosts:2: {LOOP}: a -> a"),
        (
            {"hosts": "h a='{{ v0 }}'\n", "host_vars/h": CHAIN},
            "host_vars/h:40: more than 40 variables refer to each other, one to the next",
        ),
    ],
)
def test_a_loop_is_refused_with_its_names(files, message, inventory_of):
    with pytest.raises(ConfigError) as caught:
        inventory_of(files).scope("h").variable("a")

    assert str(caught.value) == message


def test_a_play_wins_over_what_ansible_adds_and_over_the_inventory(inventory_of):
    inventory = inventory_of({"hosts": "h x=1\n"})

    resolved = inventory.resolve("h", "{{ group_names }} {{ x }}", {"group_names": "mine", "x": 2})

    assert resolved == "mine 2"
    assert inventory.variables("h", {"x": 3, "y": 4}) == {"x": 3, "y": 4}


def test_vault_values_open_when_they_are_asked_for(inventory_of):
    files = {
        "hosts": "h plain=p\n",
        "host_vars/h.yml": f"pw: {vault(S3CR3T)}via: 'x{{{{ pw }}}}'\ntemplate: {vault(TEMPLATE)}",
    }

    assert inventory_of(files, vault=KEYS).variables("h") == {
        "plain": "p",
        "pw": "s3cr3t",
        "via": "xs3cr3t",
        "template": "p-2",
    }


def test_a_vault_value_without_password_is_said_with_its_line(inventory_of):
    inventory = inventory_of({"hosts": "h\n", "host_vars/h.yml": f"a: 1\npw: {vault(S3CR3T)}"})

    with pytest.raises(ConfigError, match=r"^host_vars/h.yml:2: encrypted with Ansible-Vault and no password"):
        inventory.variables("h")


def test_a_vault_value_in_json_opens_too(inventory_of):
    files = {"hosts": "h\n", "host_vars/h.json": json.dumps({"pw": {"__ansible_vault": S3CR3T}})}

    assert inventory_of(files, vault=KEYS).variables("h") == {"pw": "s3cr3t"}
    with pytest.raises(ConfigError, match=r"^host_vars/h.json: encrypted"):
        inventory_of(files).variables("h")


def test_an_encrypted_file_is_read_and_masked_in_the_listing_unless_revealed(inventory_of):
    files = {"hosts": "h\n", "host_vars/h": WHOLE_FILE}
    inventory = inventory_of(files, vault=KEYS)

    assert inventory.variables("h") == {"db_user": "admin", "db_port": 5432, "nested": {"deep": ["hidden"]}}
    assert "admin" not in json.dumps(inventory.listed())
    assert inventory.listed()["_meta"]["hostvars"]["h"]["db_port"] == "********"
    assert inventory.listed(reveal=True)["_meta"]["hostvars"]["h"]["db_port"] == 5432


@pytest.mark.peer
def test_an_encrypted_file_revealed_is_what_ansible_lists(tmp_path, inventory_of, ansible_inventory):
    files = {
        "hosts.yml": WHOLE_TREE,
        "host_vars/h": WHOLE_FILE,
        "group_vars/web.yml": f"pw: {vault(S3CR3T)}",
        "pw": "secret",
    }
    inventory = inventory_of(files, vault=KEYS)

    [(status, listed, _)] = ansible_inventory([[tmp_path, "-i", "hosts.yml", "--vault-password-file", "pw", "--list"]])

    assert status == 0
    assert inventory.listed(reveal=True) == json.loads(listed)
    assert json.dumps(inventory.listed()).count("********") == 4


def test_whatever_an_encrypted_value_reaches_is_masked_when_shown(inventory_of):
    files = {
        "hosts": "h plain=p\ni other=\"{{ hostvars['h'].via }}\" safe=\"{{ hostvars['h'].plain }}\"\n",
        "host_vars/h.yml": f"pw: {vault(S3CR3T)}"
        "via: 'x{{ pw }}'\nfar: '{{ via | length }}'\nlist: [{k: '{{ far }}'}]\n",
        "group_vars/ungrouped": WHOLE_FILE,
    }
    inventory = inventory_of(files, vault=KEYS)

    shown, problems = shown_variables(inventory, "h")
    other, _ = shown_variables(inventory, "i")

    assert problems == ()
    assert shown == dict.fromkeys(("pw", "via", "far", "list", "db_user", "db_port", "nested"), "********") | {
        "plain": "p"
    }
    assert (other["other"], other["safe"]) == ("********", "p")


def test_names_that_say_secret_are_masked_when_shown(inventory_of):
    text = "db_password: x\napi_TOKEN: 5\nclient_secret: [a, {b: c}]\nempty_pass:\npass_through: true\n"
    text += "user: {password: y, name: z}\n"

    shown, _ = shown_variables(inventory_of({"hosts": "h\n", "host_vars/h": text}), "h")

    assert shown == {
        "db_password": "********",
        "api_TOKEN": "********",
        "client_secret": ["********", {"b": "c"}],
        "empty_pass": None,
        "pass_through": True,
        "user": {"password": "********", "name": "z"},
    }


def test_what_cannot_be_resolved_is_shown_as_written_and_named(inventory_of):
    inventory = inventory_of({"hosts": "h\n", "host_vars/h": f"a: '{{{{ gone }}}}'\npw: {vault(S3CR3T)}b: 1\n"})

    shown, problems = shown_variables(inventory, "h")

    assert shown["a"] == "{{ gone }}"
    assert shown["pw"]["__ansible_vault"].startswith("$ANSIBLE_VAULT")
    assert shown["b"] == 1
    assert [problem.place.line for problem in problems] == [1, 2]


def test_why_a_template_with_a_secret_fails_is_not_told(inventory_of):
    text = f'pw: {vault(S3CR3T)}bad: "{{{{ pw | from_json }}}}"\nworse: "{{{{ pw | int(pw) }}}}"\n'
    scope = inventory_of({"hosts": "h\n", "host_vars/h": text}, vault=KEYS).scope("h")

    with pytest.raises(ConfigError, match="why is not shown, as it uses an encrypted value") as caught:
        scope.variable("bad")

    assert "s3cr3t" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_an_unknown_host_has_no_variables(inventory_of):
    with pytest.raises(UsageError, match="there is no host 'nope'"):
        inventory_of({"hosts": "h\n"}).variables("nope")


def test_this_machine_has_the_variables_of_all(inventory_of):
    inventory = inventory_of({"hosts": "h\n[all:vars]\nx=1\n", "host_vars/localhost": "y: 2\n"})

    assert inventory.variables("localhost") == {"x": 1, "y": 2, "ansible_connection": "local"}
    assert inventory.resolve("h", "{{ hostvars.localhost.y }} {{ hostvars | length }}") == "2 1"


def test_hostvars_can_be_walked(inventory_of):
    inventory = inventory_of({"hosts": "h x=1\ni x=2\n"})

    assert inventory.resolve("h", "{{ hostvars }}") == {"h": {"x": 1}, "i": {"x": 2}}
    assert inventory.resolve("h", "{{ hostvars.i | length }}") == 1


def test_a_check_names_every_mistake_once_in_the_order_of_the_lines(inventory_of):
    inventory = inventory_of(
        {
            "hosts": """\
[web]
web1 ansible_port=99999 ansible_ssh_usr=x
web2 ansible_port=0
web3 ansible_connection=winrm
web4 ansible_become=yes ansible_become_method=runas
web5 ansible_ssh_common_args="-o"
[web:vars]
undefined="{{ gone }}"
facts="{{ ansible_default_ipv4.address }}"
syntax="{{ x"
ansible_sudo=yes
ansible_python_interpreter=/usr/bin/python3
""",
            "group_vars/web.yml": f"pw: {vault(S3CR3T)}",
            "host_vars/web2.yml": "a: {\n",
        }
    )

    found = [str(problem) for problem in mistakes(inventory, inventory.select())]

    assert found == [
        f"group_vars/web.yml:1: {NO_PASSWORD}",
        "host_vars/web2.yml:2: not valid YAML: did not find expected node content",
        "hosts:2: unknown connection variable 'ansible_ssh_usr'; did you mean 'ansible_ssh_user'?",
        "hosts:2: ansible_port of host 'web1': '99999' is no port; it must be a number from 1 to 65535",
        f"hosts:4: ansible_connection of host 'web3': connection 'winrm' is not supported; {CONNECTIONS}",
        f"hosts:5: ansible_become_method of host 'web4': become method 'runas' is not supported; {METHODS}",
        "hosts:6: ansible_ssh_common_args of host 'web5': -o needs a value",
        "hosts:8: the template uses what nobody gave: 'gone' is undefined",
        "hosts:10: malformed template: unexpected end of template, expected 'end of print statement'.",
        "hosts:11: unknown connection variable 'ansible_sudo'; did you mean 'ansible_become'?",
    ]


def test_a_check_follows_hostvars_into_files_that_cannot_be_read(inventory_of):
    inventory = inventory_of({"hosts": "h x=\"{{ hostvars['i'].y }}\"\ni\n", "host_vars/i": "a: {\n"})

    [problem] = mistakes(inventory, ["h"])

    assert str(problem).startswith("host_vars/i:2: not valid YAML")


def test_the_page_on_inventories_shows_a_real_check_and_every_filter_and_test(inventory_of):
    page = (Path(__file__).parents[2] / "docs" / "inventory.md").read_text(encoding="utf-8")
    inventory = inventory_of(
        {
            "hosts.ini": "[db]\nweb1 ansible_ssh_usr=joe\ndb1 ansible_port=99999\n[all:vars]\nbad={{ nowhere }}\n",
        }
    )

    for problem in mistakes(inventory, inventory.select()):
        assert f"ospatrol: {problem}\n" in page
    for name in (*FILTERS, *TESTS):
        assert f"`{name}`" in page


def test_a_check_names_a_slip_in_a_network_os_that_nothing_reads_yet(inventory_of):
    inventory = inventory_of(
        {
            "hosts": "a ansible_network_os=cisco.ios.oi\n"
            "b ansible_network_os=cisco.ios.ios\n"
            "c ansible_network_os=acme.corp.qqq\n"
            "d ansible_network_os='{{ gone }}'\n"
            "e ansible_connection=network_cli ansible_network_os=juons\n"
        }
    )

    found = [str(problem) for problem in mistakes(inventory, inventory.select())]

    assert found == [
        "hosts:1: ansible_network_os: network OS 'cisco.ios.oi' is not supported; did you mean 'cisco_ios'?",
        "hosts:4: the template uses what nobody gave: 'gone' is undefined",
        "hosts:5: ansible_network_os of host 'e': network OS 'juons' is not supported; did you mean 'junos'?",
    ]
