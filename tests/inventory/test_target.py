"""Variables of a host -> how it is reached."""

import pytest

from ospatrol.inventory.ssh_arguments import SshArguments, read_ssh_arguments
from ospatrol.inventory.target import Overrides
from ospatrol.model.errors import ConfigErrors
from ospatrol.model.host import Become, BecomeMethod, Target, TransportKind
from ospatrol.model.secret import Secret


@pytest.fixture
def target_of(inventory_of):
    def target(variables, overrides=None):
        inventory = inventory_of({"hosts": f"web1 {variables}\n"})
        return inventory.target("web1", overrides) if overrides else inventory.target("web1")

    return target


def test_a_host_without_variables_is_reached_by_its_name_over_ssh(target_of):
    assert target_of("") == Target(host="web1", address="web1")


@pytest.mark.parametrize(
    ("variables", "field", "value"),
    [
        ("ansible_host=10.0.0.1", "address", "10.0.0.1"),
        ("ansible_host=10.0.0.1 ansible_ssh_host=10.0.0.2", "address", "10.0.0.2"),
        ("ansible_host=None", "address", "web1"),
        ("ansible_port=2222", "port", 2222),
        ("ansible_port=\"'2222'\"", "port", 2222),
        ("ansible_port=2222 ansible_ssh_port=22", "port", 22),
        ("ansible_user=joe", "user", "joe"),
        ("ansible_user=1001", "user", "1001"),
        ("ansible_user=joe ansible_ssh_user=ann", "user", "ann"),
        ("ansible_password=a", "password", Secret("a")),
        ("ansible_password=a ansible_ssh_pass=b", "password", Secret("b")),
        ("ansible_ssh_pass=b ansible_ssh_password=12", "password", Secret("12")),
        ("ansible_private_key_file=/k", "key_files", ("/k",)),
        ("ansible_ssh_private_key_file=/l ansible_private_key_file=/k", "key_files", ("/l",)),
        ("ansible_private_key_passphrase=x", "key_passphrase", Secret("x")),
        ("ansible_connection=local", "transport", TransportKind.LOCAL),
        ("ansible_connection=ansible.builtin.local", "transport", TransportKind.LOCAL),
        ("ansible_connection=smart", "transport", TransportKind.SSH),
        ("ansible_connection=paramiko", "transport", TransportKind.SSH),
        ("ansible_connection=ansible.legacy.ssh", "transport", TransportKind.SSH),
        ("ansible_network_os=cisco.ios.ios", "platform", "cisco.ios.ios"),
        ("ansible_ssh_common_args='-p 2022 -l bob -i /a -i /b'", "port", 2022),
        ("ansible_ssh_common_args='-p 2022 -l bob -i /a -i /b'", "user", "bob"),
        ("ansible_ssh_common_args='-p 2022 -l bob' ansible_user=joe ansible_port=22", "user", "joe"),
        ("ansible_ssh_private_key_file=/k ansible_ssh_extra_args='-i /a -o IdentityFile=/b'", "key_files",
         ("/k", "/a", "/b")),
        ("ansible_ssh_common_args='-o ProxyJump=a' ansible_ssh_extra_args='-J b -F /c'", "ssh_options",
         {"proxyjump": "a", "configfile": "/c"}),
        ("ansible_ssh_args='-o ControlMaster=auto -C' ansible_ssh_extra_args='-o Compression=no'", "ssh_options",
         {"compression": "yes"}),
        ("ansible_become=no", "become", None),
        ("ansible_become=yes", "become", Become()),
        ("ansible_become=1 ansible_become_user=app", "become", Become(user="app")),
        ("ansible_become=true ansible_become_method=doas ansible_doas_user=x ansible_become_user=y", "become",
         Become(method=BecomeMethod.DOAS, user="x")),
        ("ansible_become=true ansible_become_method=community.general.su ansible_become_exe=/bin/su", "become",
         Become(method=BecomeMethod.SU, program="/bin/su")),
        ("ansible_become=true ansible_become_password=a ansible_become_pass=b", "become", Become(password=Secret("b"))),
        ("ansible_become=true ansible_become_pass=b ansible_sudo_pass=c", "become", Become(password=Secret("c"))),
    ],
)  # fmt: skip
def test_a_variable_means_what_it_means_in_ansible(variables, field, value, target_of):
    assert getattr(target_of(variables), field) == value


def test_a_home_folder_in_a_key_file_is_found(target_of, monkeypatch):
    monkeypatch.setenv("HOME", "/home/joe")

    assert target_of("ansible_private_key_file=~/.ssh/id").key_files == ("/home/joe/.ssh/id",)


def test_this_machine_needs_no_ssh(inventory_of):
    inventory = inventory_of({"hosts": "h\n"})

    assert inventory.target("localhost") == Target(host="localhost", address="localhost", transport=TransportKind.LOCAL)


def test_a_host_that_a_source_names_localhost_is_reached_over_ssh(inventory_of):
    assert inventory_of({"hosts": "localhost\n"}).target("localhost").transport is TransportKind.SSH


def test_the_command_line_wins(target_of):
    overrides = Overrides(
        connection=TransportKind.SSH,
        user="ann",
        port=23,
        password=Secret("p"),
        key_files=("/k",),
        key_passphrase=Secret("q"),
        ssh_arguments="-J jump",
        become=True,
        become_method=BecomeMethod.SU,
        become_user="app",
        become_password=Secret("r"),
    )

    target = target_of(
        "ansible_connection=local ansible_user=joe ansible_port=22 ansible_password=x ansible_private_key_file=/x "
        "ansible_ssh_private_key_passphrase=x ansible_ssh_common_args='-J other -C' ansible_become=no "
        "ansible_become_method=sudo ansible_become_user=root ansible_become_password=x",
        overrides,
    )

    assert target == Target(
        host="web1",
        address="web1",
        port=23,
        user="ann",
        password=Secret("p"),
        key_files=("/k",),
        key_passphrase=Secret("q"),
        ssh_options={"proxyjump": "jump", "compression": "yes"},
        become=Become(method=BecomeMethod.SU, user="app", password=Secret("r")),
    )


def test_the_command_line_can_take_elevation_away(target_of):
    assert target_of("ansible_become=yes", Overrides(become=False)).become is None


def test_every_wrong_variable_of_a_host_is_named(target_of):
    with pytest.raises(ConfigErrors) as caught:
        target_of(
            "ansible_port=http ansible_user='[1]' ansible_connection=docker ansible_become=maybe "
            "ansible_ssh_common_args='-J' ansible_ssh_pass='{{ gone }}'"
        )

    assert sorted(error.problem for error in caught.value.errors) == [
        "ansible_become of host 'web1': it must be true or false",
        (
            "ansible_connection of host 'web1': connection 'docker' is not supported; known are local,"
            " network_cli, paramiko, paramiko_ssh, smart, ssh"
        ),
        "ansible_port of host 'web1': 'http' is no port; it must be a number from 1 to 65535",
        "ansible_ssh_common_args of host 'web1': -J needs a value",
        "ansible_user of host 'web1': it must be text",
        "the template uses what nobody gave: 'gone' is undefined",
    ]


@pytest.mark.parametrize(
    ("variables", "overrides", "problem"),
    [
        (
            "ansible_ssh_common_args='-p 0'",
            Overrides(),
            "web1: SSH arguments: '0' is no port; it must be a number from 1 to 65535",
        ),
        ("", Overrides(ssh_arguments="what"), "command line: SSH arguments: 'what' is no option of ssh"),
    ],
)
def test_wrong_ssh_arguments_are_named(variables, overrides, problem, target_of):
    with pytest.raises(ConfigErrors) as caught:
        target_of(variables, overrides)

    assert str(caught.value) == problem


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("", {}),
        ("-o ProxyCommand='ssh -W %h:%p -q jump'", {"proxycommand": "ssh -W %h:%p -q jump"}),
        ('-o ProxyCommand="ssh -W %h:%p jump"', {"proxycommand": "ssh -W %h:%p jump"}),
        ("-o 'ProxyCommand ssh -W %h:%p jump'", {"proxycommand": "ssh -W %h:%p jump"}),
        ("-o 'KexAlgorithms = \"+diffie-hellman-group1-sha1\"'", {"kexalgorithms": "+diffie-hellman-group1-sha1"}),
        ("-oCiphers=a,b", {"ciphers": "a,b"}),
        ("-o StrictHostKeyChecking=no -o stricthostkeychecking=yes", {"stricthostkeychecking": "no"}),
        ("-J a,b -F ~/.ssh/c", {"proxyjump": "a,b", "configfile": "~/.ssh/c"}),
        ("-Jjump", {"proxyjump": "jump"}),
        ("-4CvvTo Port=22", {"addressfamily": "inet", "compression": "yes"}),
        ("-c aes -m hmac -b 10.0.0.1", {"ciphers": "aes", "macs": "hmac", "bindaddress": "10.0.0.1"}),
        ("-o ControlPath=none -S /x -E log", {}),
    ],
)
def test_ssh_arguments_are_read_as_ssh_reads_them(text, options):
    assert read_ssh_arguments(text).options == options


def test_users_ports_and_keys_stand_apart_from_other_ssh_arguments():
    assert read_ssh_arguments("-i a -o IdentityFile=b -l u -l v -p 1 -o Port=2") == SshArguments(
        options={}, identity_files=("a", "b"), user="u", port="1"
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("host", "'host' is no option of ssh"),
        ("-", "'-' is no option of ssh"),
        ("-J", "-J needs a value"),
        ("-o", "-o needs a value"),
        ("-o Port", "-o 'Port' must be Name=value"),
        ("-L 1:a:2", "-L is not supported"),
        ("-o 'unclosed", "No closing quotation"),
    ],
)
def test_what_ssh_would_not_take_is_refused(text, message):
    with pytest.raises(ValueError, match=message):
        read_ssh_arguments(text)
