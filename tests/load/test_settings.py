from __future__ import annotations

import pytest

from ospatrol.load.settings import read_settings
from ospatrol.model.errors import ConfigErrors
from ospatrol.model.settings import Settings


def mistakes(text: str, environment: dict[str, str] | None = None) -> list[str]:
    with pytest.raises(ConfigErrors) as caught:
        read_settings(text, "ospatrol.toml", environment or {})
    return [str(error) for error in caught.value.errors]


def test_without_a_file_everything_has_its_default() -> None:
    assert read_settings("", "ospatrol.toml", {"HOME": "/x"}) == Settings()


def test_the_environment_wins_over_the_file() -> None:
    settings = read_settings(
        'forks = 3\nrules = ["a", "b"]\nconnect_timeout_s = 2.5\n',
        "ospatrol.toml",
        {"OSPATROL_FORKS": "7", "OSPATROL_INVENTORY": "x:y", "OSPATROL_STATE": "s"},
    )

    assert (settings.forks, settings.rules, settings.connect_timeout_s) == (7, ("a", "b"), 2.5)
    assert (settings.inventory, settings.state) == (("x", "y"), "s")


@pytest.mark.parametrize(
    ("text", "environment", "message"),
    [
        ("\nfokrs = 3\n", {}, "ospatrol.toml:2: unknown key 'fokrs'; did you mean 'forks'?"),
        ("a = [\n", {}, "ospatrol.toml:"),
        ("forks = 'x'\n", {}, "ospatrol.toml:1: forks: expected a whole number, not text"),
        ("forks = 0\n", {}, "ospatrol.toml: forks must be more than 0"),
        ("fail_on = 17\n", {}, "ospatrol.toml: fail_on is an alert level"),
        (
            'forks = 1\nallow_commands = [\n  "apt list",\n  "* --version",\n]\n',
            {},
            "ospatrol.toml:4: allow_commands: '* --version' would allow any program: name one",
        ),
        ('allow_commands = ["", "apt list"]\n', {}, "ospatrol.toml:1: allow_commands: '' is no command"),
        ('allow_commands = ["a\\u001bb"]\n', {}, "ospatrol.toml:1: allow_commands: 'a\\x1bb' is no command"),
        ("allow_commands = [3]\n", {}, "ospatrol.toml:1: allow_commands: expected text, not a whole number"),
        ('allow_commands = "apt list"\n', {}, "ospatrol.toml:1: allow_commands: expected a list, not text"),
        ("retries = -1\n", {}, "ospatrol.toml: retries, rehash_h"),
        ("[forks]\nx = 1\n", {}, "ospatrol.toml:1: forks: expected a whole number, not text"),
        ("", {"OSPATROL_FORKS": "many"}, "environment: OSPATROL_FORKS must be a number, not 'many'"),
    ],
)
def test_a_mistake_is_told_with_its_place(text: str, environment: dict[str, str], message: str) -> None:
    assert mistakes(text, environment)[0].startswith(message)


def test_commands_are_allowed_as_written_and_by_globs_of_their_arguments() -> None:
    settings = read_settings('allow_commands = ["apt list --installed", "gsettings get *"]\n', "ospatrol.toml", {})

    assert settings.allow_commands == ("apt list --installed", "gsettings get *")
    assert Settings().allow_commands == ()
