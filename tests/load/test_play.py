from __future__ import annotations

import pytest

from ospatrol.load.play import has_template, read_arguments, read_playbook
from ospatrol.model.errors import ConfigErrors
from ospatrol.model.files import FileScope

ARGUMENTS = {"files": FileScope}

GOOD = """\
- name: nightly
  hosts: [web, "!web3"]
  tags: nightly, files
  vars: {tree: /srv}
  tasks:
    - name: etc
      tags: [quick]
      files:
        paths: [/etc]
    - files:
        paths: ["{{ tree }}/data"]
"""


def mistakes(text: str) -> list[str]:
    with pytest.raises(ConfigErrors) as caught:
        read_playbook(text, "p.yml", ARGUMENTS)
    return [str(error) for error in caught.value.errors]


def test_a_play_has_its_hosts_tasks_and_tags() -> None:
    (play,) = read_playbook(GOOD, "p.yml", ARGUMENTS)

    assert (play.name, play.hosts, play.vars, play.place.line) == ("nightly", "web,!web3", {"tree": "/srv"}, 1)
    assert [(task.name, task.tags, task.place.line) for task in play.tasks] == [
        ("etc", ("nightly", "files", "quick"), 6),
        ("files", ("nightly", "files"), 10),
    ]


def test_a_misspelt_key_gets_a_suggestion_wherever_it_stands() -> None:
    assert mistakes(
        "- host: all\n  tasks:\n    - name: a\n      fils: {}\n    - files:\n        paths: [/]\n        ignroe: []\n"
    ) == [
        "p.yml:1: unknown key 'host'; did you mean 'hosts'?",
        "p.yml:1: `hosts` is an inventory pattern, such as `web:&prod:!db1`",
        "p.yml:4: unknown key 'fils' in a task; did you mean 'files'?",
        "p.yml:7: unknown key 'ignroe'; did you mean 'ignore'?",
    ]


def test_a_misspelt_argument_is_seen_beside_a_template_too() -> None:
    assert mistakes("- hosts: all\n  tasks:\n    - files:\n        path: ['{{ x }}']\n") == [
        "p.yml:4: unknown key 'path'; did you mean 'paths'?"
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "p.yml: a playbook is a list of plays"),
        ("[]", "p.yml: no play in it"),
        ("hosts: all", "p.yml: a playbook is a list of plays"),
        ("- all", "p.yml:1: a play is a mapping"),
        ("- hosts: all", "p.yml:1: `tasks` is a list"),
        ("- hosts: all\n  tasks: []", "p.yml:2: `tasks` is a list"),
        ("- hosts: all\n  vars: 3\n  tasks: [{files: {paths: [/a]}}]", "p.yml:2: `vars` is a mapping"),
        ("- hosts: all\n  tags: {a: b}\n  tasks: [{files: {paths: [/a]}}]", "p.yml:2: `tags` is a list of words"),
        ("- hosts: all\n  tasks: [look]", "p.yml:2: a task is a mapping"),
        ("- hosts: all\n  tasks: [{name: x}]", "p.yml:2: a task has exactly one collector"),
        ("- hosts: all\n  tasks: [{files: {paths: []}}]", "p.yml:2: `paths` names no tree"),
        ("- hosts: all\n  tasks: [{files: {paths: [etc]}}]", "p.yml:2: 'etc' is not an absolute path"),
        ("- hosts: all\n  tasks: [{files: {paths: [/a/../b]}}]", "p.yml:2: '/a/../b' is not an absolute path"),
        ("- hosts: all\n  tasks: [{files: {paths: [/a], entry_limit: 0}}]", "p.yml:2: a limit cannot be"),
        ("- a: [", "p.yml:2: not valid YAML"),
        (
            "- hosts: a\n  tasks: [{files: {paths: [/a]}}]\n- hosts: b\n  tasks: [{files: {paths: [/b]}}]",
            "p.yml:4: the task name 'files' is taken at line 2",
        ),
    ],
)
def test_what_is_written_wrongly_is_refused_with_its_line(text: str, message: str) -> None:
    assert mistakes(text)[0].startswith(message)


def test_arguments_with_templates_are_checked_once_they_are_resolved() -> None:
    (play,) = read_playbook(GOOD, "p.yml", ARGUMENTS)
    etc, data = play.tasks

    assert not has_template(etc.args)
    assert has_template(data.args)
    assert read_arguments(data, {"paths": ["/srv/data"]}, FileScope) == FileScope(paths=("/srv/data",))
    with pytest.raises(ConfigErrors, match=r"p\.yml:10: 'srv' is not an absolute path"):
        read_arguments(data, {"paths": ["srv"]}, FileScope)
