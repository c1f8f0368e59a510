"""What an operator does in Dagster's pages, click by click."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from playwright.sync_api import expect

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser, Page

PATIENCE_MS = 240_000
SCREEN = {"width": 1400, "height": 900}
PROGRESS = re.compile(r"\b[1-9][\d,]* of [\d,]+ pairs done")
OUTCOME = re.compile(r"^[\d,]+ pairs asked = .* credits\.$")


@dataclass(frozen=True)
class Operator:
    """Somebody at the pages of ``address``, who keeps pictures of what is seen."""

    page: Page
    address: str
    pictures: Path

    def look_at_question(self, key: str, text: str) -> None:
        """Open a question's page and read its words."""
        self._go(f"assets/answers/{key}")
        expect(self.page.get_by_text(text).first).to_be_visible()

    def ask_about(self, list_name: str) -> None:
        """On a question's page: materialise one partition."""
        # By its text, since its accessible name begins with that of its icon.
        self.page.locator("button", has_text="Materialize").first.click()
        title = self.page.get_by_text("Launch runs to materialize")
        self.page.get_by_text("Select a partition or create one").click()
        self.page.get_by_text(list_name, exact=True).filter(visible=True).first.click()
        title.click()  # closes the menu
        self.page.get_by_role("button", name="Launch 1 run").click()
        expect(title).to_be_hidden()

    def watch_the_run(self) -> None:
        """Open the newest run, see its progress, and wait until it has succeeded."""
        self._go("runs")
        self.page.get_by_role("link").filter(has_text=re.compile(r"^[0-9a-f]{8}$")).first.click()
        expect(self.page.get_by_text(PROGRESS).first).to_be_visible()
        self._keep("run")
        expect(self.page.get_by_text("Success", exact=True).first).to_be_visible()
        # The page of a run that is over shows its end.
        self.page.reload()
        expect(self.page.get_by_text(OUTCOME).filter(visible=True).last).to_be_in_viewport()
        self._keep("outcome")

    def read_the_launchpad(self, key: str) -> str:
        """Open a question's launchpad; returns what it says of the options of the run."""
        self._go(f"assets/answers/{key}")
        menu = self.page.locator("button", has_text="Materialize").first.locator("xpath=following::button[1]")
        menu.click()
        self.page.get_by_text("Open launchpad").first.click()
        self.page.locator(".CodeMirror-line", has_text="force_refresh").click()
        expect(self.page.get_by_text("SABER_CREDITS_PER_SIGNAL").first).to_be_visible()
        self._keep("launchpad")
        return self.page.locator("body").inner_text()

    def read_the_partition(self, key: str, list_name: str) -> dict[str, str]:
        """Open what came for a list; returns its metadata as shown, by name."""
        self._go(f"assets/answers/{key}?view=partitions&partition={list_name}")
        expect(self.page.get_by_text("Materialized", exact=True).first).to_be_visible()
        expect(self.page.get_by_role("row").filter(has_text="answers_by_value").first).to_be_visible()
        picture = self.page.get_by_alt_text("answers completed over time")
        expect(picture).to_be_visible()
        assert picture.evaluate("image => image.complete && image.naturalWidth > 0"), "the picture is not drawn"
        self._keep("partition")
        rows = self.page.locator("table tr", has=self.page.locator("td")).all()
        texts = [row.locator("> td").all_inner_texts() for row in rows]
        return {cells[0].strip(): cells[1].strip() for cells in texts if len(cells) > 1}

    def read_the_checks(self, key: str) -> dict[str, str]:
        """Open a question's checks, one after another; returns what each page says, by the check's name."""
        said = {}
        for name in ("healthy", "complete"):
            self._go(f"assets/answers/{key}?view=checks&checkDetail={name}")
            expect(self.page.get_by_text("Latest execution").first).to_be_visible()
            expect(self.page.get_by_text("Passed").or_(self.page.get_by_text("Failed")).first).to_be_visible()
            said[name] = self.page.locator("body").inner_text()
        self._keep("checks")
        return said

    def look_around(self, key: str) -> None:
        """The question's page with its columns, the lineage, and what starts runs by itself."""
        self._go(f"assets/answers/{key}")
        expect(self.page.get_by_text("Latest check results")).to_be_visible()
        expect(self.page.get_by_text("Column name").first).to_be_visible()
        self._keep("asset")
        self._go("asset-groups/")
        for group in ("inputs", "answers", "contact_answers", "report"):
            expect(self.page.get_by_text(group, exact=True).filter(visible=True).first).to_be_visible()
        self._keep("lineage")
        self._go("automation")
        for name in ("credits", "in_flight", "new_or_changed_lists", "refresh_answers_schedule"):
            expect(self.page.get_by_text(name, exact=True).filter(visible=True).first).to_be_visible()
        self._keep("automation")

    def _go(self, path: str) -> None:
        self.page.goto(f"{self.address}/{path}")

    def _keep(self, name: str) -> None:
        self.page.screenshot(path=self.pictures / f"{name}.png")


def operator_at(address: str, browser: Browser, pictures: Path) -> Operator:
    """An operator with a window of her own, who waits patiently."""
    page = browser.new_page(viewport=SCREEN)  # type: ignore[arg-type]  # playwright's own name for a dict of these
    page.set_default_timeout(PATIENCE_MS)
    expect.set_options(timeout=PATIENCE_MS)
    return Operator(page, address, pictures)
