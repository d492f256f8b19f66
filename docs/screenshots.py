"""Make the pictures of the report in docs/images: ``python docs/screenshots.py``; Chromium must be installed.

The incidents are generated, so that the pictures stay the same.
"""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from isthmus.core.config.config import Config, ConnectionConfig
from isthmus.core.config.reporting import ReportConfig
from isthmus.core.run.report import report
from isthmus.core.store.store import Store
from isthmus.testing.generated_store import fill
from playwright.sync_api import Browser, sync_playwright

IMAGES = Path(__file__).parent / "images"
NOW = datetime(2026, 7, 1, tzinfo=UTC)
SETTINGS = {
    "title": "Incidents at Acme",
    "zone": "Europe/Berlin",
    "targets": {"first_response": {1: "15m", 2: "1h", 3: "4h"}, "resolve": {1: "4h", 2: "12h", 3: "1d", 4: "2d"}},
    "goals": {"mttr": "18h", "sla_resolve": "85%", "reopen_rate": "4%", "first_contact_resolution": "30%"},
    "tiers": {"Service Desk": "L1", "Workplace": "L2", "Applications": "L2", "Network": "L3"},
}
PICTURES = {
    "report-light": (1440, 1500, "light", "#summary"),
    "report-dark": (1440, 1300, "dark", "#distributions"),
    "report-tools": (1440, 1300, "light", "#tools"),
    "report-phone": (390, 1500, "dark", "#summary"),
}
"""Name -> width, height, theme, and the section at which the page stands."""


def main() -> None:
    """Make a report and take its pictures."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        with Store(folder / "isthmus.duckdb") as store:
            fill(store, 10_000, until=NOW)
        connections = {"ops": ConnectionConfig(connector="servicenow")}
        config = Config(connections=connections, report=ReportConfig.model_validate(SETTINGS), folder=folder)
        report(config, "2026-Q1", [folder / "report.html"], now=NOW)
        with sync_playwright() as play:
            browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
            _take(browser, (folder / "report.html").as_uri())
            browser.close()


def _take(browser: Browser, address: str) -> None:
    for name, (width, height, theme, section) in PICTURES.items():
        page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=theme)
        page.goto(address if section == "#summary" else address + section)
        page.screenshot(path=IMAGES / f"{name}.png")
    page = browser.new_page(viewport={"width": 1440, "height": 700})
    page.goto(address)
    page.locator(".card button.figure").nth(3).click()
    page.screenshot(path=IMAGES / "report-tickets.png")
    page = browser.new_page(viewport={"width": 695, "height": 1000})
    page.emulate_media(media="print")
    page.goto(address)
    page.screenshot(path=IMAGES / "report-print.png")


if __name__ == "__main__":
    main()
