from __future__ import annotations

import pytest

from ospatrol.inventory.target import Overrides
from ospatrol.model.errors import UsageError
from ospatrol.model.host import Become, BecomeMethod, Target, TransportKind
from ospatrol.model.secret import Secret
from ospatrol.patrol.adhoc import adhoc_target, with_overrides


@pytest.mark.parametrize(
    ("name", "target"),
    [
        ("localhost", Target(host="localhost", address="localhost", transport=TransportKind.LOCAL)),
        ("ssh://web1", Target(host="web1", address="web1")),
        ("ssh://ann@web1:2222", Target(host="web1:2222", address="web1", port=2222, user="ann")),
        ("ssh://a%40b@[2001:db8::1]:22/", Target(host="[2001:db8::1]:22", address="2001:db8::1", port=22, user="a@b")),
        ("web1", None),
    ],
)
def test_a_url_says_how_a_host_is_reached(name: str, target: Target | None) -> None:
    assert adhoc_target(name) == target


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("ssh://ann:secret@web1", "does not belong on the command line"),
        ("http://web1", r"write ssh://\[user@\]host"),
        ("ssh://", r"write ssh://\[user@\]host"),
        ("ssh://web1/path", r"write ssh://\[user@\]host"),
        ("ssh://web1:99999", "Port out of range"),
        ("ssh://-oProxyCommand=x", "no host name begins with a dash"),
    ],
)
def test_a_url_that_cannot_be_meant_is_refused(name: str, message: str) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        adhoc_target(name)

    assert "secret" not in str(caught.value)


def test_the_command_line_wins() -> None:
    target = Target(host="web1", address="web1", user="ann")
    password = Secret("x")

    assert with_overrides(target, Overrides()) == target
    assert with_overrides(
        target,
        Overrides(user="bob", key_files=("k",), become=True, become_method=BecomeMethod.DOAS, become_password=password),
    ) == Target(
        host="web1",
        address="web1",
        user="bob",
        key_files=("k",),
        become=Become(method=BecomeMethod.DOAS, password=password),
    )
