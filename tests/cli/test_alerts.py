from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def alerted(workspace: Any, tmp_path: Path) -> Any:
    """A workspace whose host had a file changed and one added."""
    tree = tmp_path / "tree"
    (tree / "etc").mkdir(parents=True)
    (tree / "etc/passwd").write_text("root:x:0:0::/root:/bin/sh\n")
    workspace.inventory({"web1": {"ansible_connection": "local", "tree": str(tree)}})
    play = workspace.folder / "play.yml"
    play.write_text(play.read_text().replace("/etc/*.conf", "/etc/passwd"))
    workspace.scan()
    (tree / "etc/passwd").write_text("root:x:0:0::/root:/bin/sh\nevil:x:0:0::/:/bin/sh\n")
    (tree / "etc/new").write_text("n")
    assert workspace.scan().status == 3
    return workspace


def test_alerts_are_listed_newest_first_and_chosen(alerted: Any) -> None:
    every = alerted("alerts", "list", "--json").json
    loud = alerted("alerts", "list", "--level", "10", "--json").json

    assert [alert["level"] for alert in loud] == [10]
    assert len(every) > len(loud)
    assert alerted("alerts", "list", "--host", "db*", "--json").json == []
    assert (
        alerted("alerts", "list", "--since", "1h", "--until", "2099-01-01", "--rule", str(loud[0]["rule"])).status == 0
    )
    assert alerted("alerts", "list", "--until", "2000-01-01T00:00:00+02:00", "--json").json == []
    assert alerted("alerts", "list", "--group", "no-such-group", "--json").json == []
    assert len(alerted("alerts", "list", "-n", "1", "--oldest-first", "--json").json) == 1
    assert "/etc/passwd" in alerted("alerts", "list").out


def test_one_alert_is_shown_with_all_that_is_known(alerted: Any) -> None:
    (alert,) = alerted("alerts", "list", "--level", "10", "--json").json

    shown = alerted("alerts", "show", alert["id"][:6])
    worst = alerted("alerts", "show", "--worst", "--json").json

    assert "sha256_before" in shown.out
    assert "+evil:x:0:0::/:/bin/sh" in shown.out
    assert worst[0]["id"] == alert["id"]
    assert alerted("alerts", "show", "ffff").status == 2
    assert alerted("alerts", "show", "ffff", "--worst").status == 2


def test_a_verdict_explains_itself(alerted: Any) -> None:
    (alert,) = alerted("alerts", "list", "--level", "10", "--json").json

    explained = alerted("rules", "explain", alert["id"])

    assert f"rule {alert['rule']}, level 10, at " in explained.out
    assert "fails: " in explained.out
