from __future__ import annotations

from ospatrol.model.secret import Secret


def test_no_way_of_printing_shows_a_secret() -> None:
    secret = Secret("hunter2")

    shown = f"{secret} {secret!r} {secret!s} {[secret]}"

    assert "hunter2" not in shown
    assert secret.reveal == "hunter2"


def test_secrets_compare_by_what_they_hold() -> None:
    assert Secret("a") == Secret("a")
    assert Secret("a") != Secret("b")
    assert Secret("a") != "a"
    assert len({Secret("a"), Secret("a"), Secret("b")}) == 2
