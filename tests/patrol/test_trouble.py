from __future__ import annotations

import pytest

from ospatrol.model.errors import ConfigError, ConnectFailed, HostKeyChanged
from ospatrol.model.place import Place
from ospatrol.patrol.trouble import trouble_of


def test_the_error_of_a_host_names_its_step_and_is_fit_to_show() -> None:
    trouble = trouble_of(ConnectFailed("web1: refused\x1b[2J"), "web1", 5.0)

    assert (trouble.step, trouble.problem) == ("connect", r"refused\x1b[2J")
    assert (trouble.event.kind, trouble.event.at, trouble.event.host) == ("coverage", 5.0, "web1")


def test_another_error_is_told_at_the_step_that_is_given() -> None:
    trouble = trouble_of(ConfigError(Place("b.yml", 3), "wrong"), "web1", 5.0, step="baseline")

    assert (trouble.step, trouble.problem) == ("baseline", "b.yml:3: wrong")
    assert (
        trouble_of(TimeoutError(), "web1", 5.0, said="the host's 9 s are spent").problem == "the host's 9 s are spent"
    )


@pytest.mark.parametrize(("before", "news"), [(None, True), ("auth", True), ("connect", False)])
def test_what_was_told_last_time_is_no_news(before: str | None, news: bool) -> None:
    assert trouble_of(ConnectFailed("refused"), "web1", 5.0).is_news(before) is news


def test_another_host_key_is_always_news() -> None:
    trouble = trouble_of(HostKeyChanged("web1: another key", seen="SHA256:b", known=("SHA256:a",)), "web1", 5.0)

    assert trouble.event.kind == "host_key"
    assert trouble.is_news(trouble.step)
