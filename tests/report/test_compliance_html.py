"""The HTML report in a real browser: Chromium, by playwright; where either is missing, that is said and skipped."""

from __future__ import annotations

import base64
import io
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import msgspec
import pytest

from ospatrol.model.policy import Evidence
from ospatrol.report.compliance import ComplianceReport
from ospatrol.report.compliance_html import write_html

EVIL = "</script><script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">"


def page_of(report: ComplianceReport) -> str:
    out = io.StringIO()
    write_html(report, out)
    return out.getvalue()


def test_the_page_names_its_inline_parts_and_allows_nothing_else(report: ComplianceReport) -> None:
    text = page_of(report)
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]+)"', text)
    (style,) = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)
    (script,) = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)

    for part in (style, script):
        assert f"&#x27;sha256-{base64.b64encode(sha256(part.encode()).digest()).decode()}&#x27;" in policy
    assert policy.startswith("default-src &#x27;none&#x27;;")
    assert "unsafe" not in policy
    assert not re.search(r"\son\w+=|\sstyle=|\ssrc=|url\(|@import|https?://(?!www\.cisecurity)", text)


def test_the_summary_stands_in_the_page_without_a_script(report: ComplianceReport) -> None:
    text = page_of(report)

    for told in ("75 %", "Not assessed", "newly failing", "db9", "W-3", "SEC-1234", "2025-11-21 23:57 UTC"):
        assert told in text
    assert "not reached: connection refused" in text.split("<noscript>")[1].split("</noscript>")[0]


def test_a_report_of_nothing_is_a_page_too() -> None:
    text = page_of(ComplianceReport(at=0.0, policies=(), verdicts=(), version="0.1.0"))

    assert "There is no earlier run" in text
    assert "There are no waivers." in text
    assert "0 findings" in text


def test_100_hosts_and_207_checks_are_one_small_file(fleet: ComplianceReport) -> None:
    started = time.perf_counter()
    text = page_of(fleet)

    assert len(text.encode()) < 10_000_000
    assert time.perf_counter() - started < 10


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        pytest.skip("chromium is not installed")
    driver = subprocess.run(
        [sys.executable, "-m", "playwright", "--version"], capture_output=True, check=False, text=True
    )
    if driver.returncode:
        pytest.skip(f"playwright does not run here: {driver.stderr.strip()[-200:]}")
    with sync_api.sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield running
        running.close()


class Opened:
    """A page of a report, and all that it complained about or asked for."""

    def __init__(self, browser: object, report: ComplianceReport, folder: Path) -> None:
        file = folder / "report.html"
        file.write_text(page_of(report), encoding="utf-8")
        self.said: list[str] = []
        self.asked: list[str] = []
        self.page = browser.new_page(viewport={"width": 1360, "height": 1000})
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.address = file.as_uri()
        started = time.perf_counter()
        self.page.goto(self.address)
        self.page.wait_for_selector("#checks .row, #checks .none")
        self.seconds = time.perf_counter() - started

    def count(self, selector: str) -> int:
        return int(self.page.locator(selector).count())

    @property
    def shown(self) -> str:
        return str(self.page.locator("#shown").inner_text())

    def close(self) -> None:
        asked = {each.partition("#")[0] for each in self.asked}
        self.page.close()
        assert self.said == []
        assert asked == {self.address}


@pytest.fixture
def opened(browser: object, report: ComplianceReport, tmp_path: Path) -> Iterator[Opened]:
    page = Opened(browser, report, tmp_path)
    yield page
    page.close()


def test_rows_are_drawn_and_open_by_keyboard(opened: Opened) -> None:
    assert opened.count("#checks .row") == 5
    row = opened.page.locator("#checks .row .open").first
    row.focus()
    opened.page.keyboard.press("Enter")
    assert row.get_attribute("aria-expanded") == "true"
    assert opened.page.locator("#checks .about").first.inner_text().count("Remediation") == 1
    opened.page.locator("#checks .finding .open").first.click()
    assert "PermitRootLogin yes # web1" in opened.page.locator(".proof").first.inner_text()
    assert opened.page.locator("#checks a").first.get_attribute("rel") == "noopener noreferrer"


def test_filters_by_status_severity_host_and_text(opened: Opened) -> None:
    page = opened.page
    assert opened.shown == "10 findings · 5 checks · 3 hosts"
    page.click(".chip.unknown")
    assert opened.shown == "1 of 10 findings · 1 check · 2 hosts"
    page.click(".chip.fail")
    assert opened.shown == "2 of 10 findings · 2 checks · 2 hosts"
    page.click("#reset")
    page.click(".chip.sev1")
    assert opened.shown == "2 of 10 findings · 1 check · 2 hosts"
    page.click("#reset")
    page.select_option("#host", "web2")
    assert opened.shown == "5 of 10 findings · 5 checks · 1 host"
    page.click("#reset")
    page.keyboard.press("/")
    page.keyboard.type("cron nowhere")
    page.locator("#shown", has_text=re.compile(r"^0 of")).wait_for()
    assert opened.count("#checks .none") == 1
    page.fill("#text", "there is no cron")
    page.locator("#shown", has_text=re.compile(r"^1 of")).wait_for()
    page.click("#reset")
    page.select_option("#turn", "newly failing")
    assert opened.shown.startswith("1 of 10")
    page.click("#reset")
    page.select_option("#policy", "cis_debian12")
    assert opened.shown.startswith("10 findings")


def test_numbers_of_the_summary_choose_what_they_count(opened: Opened) -> None:
    opened.page.click(".tile.waived")
    assert opened.shown.startswith("1 of 10 findings")
    opened.page.click(".change[data-turn='no longer assessed']")
    assert opened.shown.startswith("1 of 10 findings")
    opened.page.click(".severity.sev1")
    assert opened.shown.startswith("1 of 10 findings")


def test_tabs_go_by_arrow_keys_and_hosts_out_of_reach_are_first(opened: Opened) -> None:
    page = opened.page
    page.focus("#tab-checks")
    page.keyboard.press("ArrowRight")
    assert page.locator("#tab-hosts").get_attribute("aria-selected") == "true"
    rows = page.locator("#hosts .row").all_inner_texts()
    assert "db9" in rows[0]
    assert "connection refused" in rows[0]
    assert "web1" in rows[1]
    page.keyboard.press("End")
    assert page.locator("#waivers").is_visible()
    assert "W-3" in page.locator("#waivers").inner_text()
    page.keyboard.press("ArrowRight")
    assert page.locator("#checks").is_visible()


def test_what_is_chosen_is_in_the_address(opened: Opened) -> None:
    opened.page.click(".chip.unknown")
    opened.page.click("#tab-hosts")
    assert "#status=1&view=hosts" in opened.page.url
    opened.page.goto(f"{opened.address}#status=0&text=root")
    opened.page.locator("#shown", has_text=re.compile("^1 of")).wait_for()
    assert opened.page.locator("#text").input_value() == "root"
    assert opened.page.locator(".chip.fail").get_attribute("aria-pressed") == "true"


def test_hostile_evidence_is_text(browser: object, report: ComplianceReport, tmp_path: Path) -> None:
    first = report.verdicts[0]
    finding = msgspec.structs.replace(
        first.findings[0], title=EVIL, reason=EVIL, evidence=(Evidence(rule=EVIL, outcome=EVIL, shown=EVIL),)
    )
    verdict = msgspec.structs.replace(first, host=EVIL, findings=(msgspec.structs.replace(finding, host=EVIL),))
    opened = Opened(browser, msgspec.structs.replace(report, verdicts=(verdict,)), tmp_path)
    opened.page.locator("#checks .open").first.click()
    opened.page.locator("#checks .finding .open").first.click()
    shown = opened.page.locator(".proof").first.inner_text()
    title, images = opened.page.title(), opened.count("img")
    opened.close()

    assert EVIL in shown
    assert title == "Compliance report - OSPatrol"
    assert images == 0


def test_a_fleet_is_drawn_in_two_seconds_and_filtered_at_once(
    browser: object, fleet: ComplianceReport, tmp_path: Path
) -> None:
    opened = Opened(browser, fleet, tmp_path)
    page = opened.page
    drawn = opened.seconds
    started = time.perf_counter()
    page.click(".tile.fail")
    filtered = time.perf_counter() - started
    page.click("#reset")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.screenshot(path=tmp_path / f"{scheme}.png")
    for _ in range(2):
        page.locator("#checks > .list > .more").click()
    rows = opened.count("#checks > .list > .row")
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    page.set_viewport_size({"width": 400, "height": 800})
    narrow = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    opened.close()

    assert drawn < 10  # 0.4 s on a quiet machine
    assert filtered < 10  # 0.2 s on a quiet machine
    assert rows == 207
    assert (wide, narrow) == (0, 0)
    assert (tmp_path / "dark.png").stat().st_size > 20_000


def test_paper_has_all_that_did_not_pass_with_evidence_hosts_and_waivers(opened: Opened, tmp_path: Path) -> None:
    page = opened.page
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")

    shown = page.locator("main").inner_text()
    assert "3 findings that did not pass." in shown
    for told in ("PermitRootLogin yes # web1", "Set the following", "db9", "W-3", "nist_800_53"):
        assert told in shown
    assert not page.locator(".choices").is_visible()
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert opened.count("#checks .row") == 5
    page.emulate_media(media="screen")
    page.click(".chip.unknown")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert "are filtered: not assessed. 1 finding that" in page.locator("#checks").inner_text()
    assert page.pdf(path=tmp_path / "report.pdf")
