"""``python -m benchmarks.report_run write DATA_DIR OUT`` or ``… open REPORT OUT``: the measured part alone."""

from __future__ import annotations

import json
import shutil
import sys
import time
from pathlib import Path
from typing import Any

OPENED_TIMES = 3
SCREENS = {"phone": (390, 844), "desktop": (1440, 900)}
PAINTED = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"


def main() -> None:
    """See above."""
    what, source, out = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    told = write(source) if what == "write" else open_in_browser(source)
    out.write_text(json.dumps(told))


def write(data_dir: Path) -> dict[str, Any]:
    """As the command and the asset write it."""
    from saber_pipeline.config.paths import DataPaths  # noqa: PLC0415 - only one of the two is wanted
    from saber_pipeline.report.report_file import write_report  # noqa: PLC0415 - likewise

    began, worked = time.perf_counter(), time.process_time()
    written = write_report(DataPaths(data_dir))
    return {
        "seconds": time.perf_counter() - began,
        "cpu_seconds": time.process_time() - worked,
        "bytes": written.bytes,
        "report": str(written.path),
        "companies": written.headline["companies"],
    }


def open_in_browser(report: Path) -> dict[str, dict[str, float]]:
    """Seconds from the address to the first screen, the median of three, and the CPU's; empty without a Chromium."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        return {}
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - only one of the two is wanted

    told = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        for name, (width, height) in SCREENS.items():
            times = []
            for _ in range(OPENED_TIMES):
                context = browser.new_context(viewport={"width": width, "height": height}, offline=True)
                page = context.new_page()
                inside = context.new_cdp_session(page)
                inside.send("Performance.enable", {"timeDomain": "threadTicks"})
                began = time.perf_counter()
                page.goto(report.as_uri())  # until its script has run
                page.evaluate(PAINTED)
                seconds = time.perf_counter() - began
                metrics = inside.send("Performance.getMetrics")["metrics"]
                cpu = next(metric["value"] for metric in metrics if metric["name"] == "TaskDuration")
                times.append((seconds, cpu))
                context.close()
            seconds, cpu = sorted(times)[OPENED_TIMES // 2]
            told[name] = {"seconds": seconds, "cpu_seconds": cpu}
        browser.close()
    return told


if __name__ == "__main__":
    main()
