"""Take the picture that README shows from the published site: ``make picture``."""

import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parent.parent

with sync_playwright() as playwright:
    browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
    page = browser.new_page(viewport={"width": 960, "height": 900}, device_scale_factor=2)
    page.goto((ROOT / "html" / "scaling.html").as_uri())
    page.get_by_label("Machine").select_option(sys.argv[1])
    page.wait_for_selector("html[data-state=drawn]")
    page.wait_for_timeout(500)
    page.locator('[data-figure="overview"]').screenshot(path=ROOT / "docs" / "overview.png")
    browser.close()
