"""Draw the logos of both app packages from one picture, with headless Chromium.

    .venv/bin/python scripts/draw_logos.py

The sizes are what the platforms ask for: Zendesk 320 and 128 pixels square, HubSpot 800.
"""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import sync_playwright

MANIFESTS = Path(__file__).parent.parent / "manifests"
LOGOS = {
    "zendesk/assets/logo.png": 320,
    "zendesk/assets/logo-small.png": 128,
    "hubspot/src/app/app-logo.png": 800,
}
# The heart of the web pages' icon in its speech bubble, with room around it
PICTURE = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64" width="{size}" height="{size}">
<rect width="64" height="64" rx="14" fill="#e9f4f3"/>
<path d="M14 19a7 7 0 0 1 7-7h22a7 7 0 0 1 7 7v17a7 7 0 0 1-7 7H31L20 53V43a6.500 6.500 0 0 1-6-7z"
  fill="#1b7f79"/>
<path d="M32 36.600c-6.100-4.200-9.200-7.500-9.200-11.200a4.800 4.800 0 0 1 9.200-1.900
  4.800 4.800 0 0 1 9.200 1.900c0 3.700-3.100 7-9.200 11.200z" fill="#fff"/>
</svg>"""


def main() -> None:
    """Write every logo."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        for name, size in LOGOS.items():
            page = browser.new_page(viewport={"width": size, "height": size})
            page.set_content(f"<style>body{{margin:0}}</style>{PICTURE.format(size=size)}")
            page.screenshot(path=str(MANIFESTS / name), omit_background=True)
            page.close()
        browser.close()


if __name__ == "__main__":
    main()
