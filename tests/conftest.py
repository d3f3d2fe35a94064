"""The built site, a server for it and a browser. What is missing skips a test with a reason; CI makes that a failure."""
import functools
import http.server
import os
import shutil
import threading
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def absent(reason: str, required_by: str) -> None:
    """Skip with a reason, or fail where the environment says that the thing must be there."""
    if os.environ.get(required_by) == "1":
        pytest.fail(f"{reason} ({required_by}=1 makes this a failure.)", pytrace=False)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def site() -> Path:
    """The folder of the built site."""
    folder = ROOT / "_build" / "html"
    if not (folder / "nbs" / "index.html").is_file():
        absent("The site is not built: run make site.", "WTF_BOOK_REQUIRE_SITE")
    return folder


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args) -> None:
        pass


@pytest.fixture(scope="session")
def server(site):
    """The address of the site over http, on this machine only."""
    handler = functools.partial(Quiet, directory=str(site))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()


# Of module scope, not session: while playwright runs, no other event loop can, and notebooks that are tested in the same
# process need one.
@pytest.fixture(scope="module")
def browser():
    """An installed Chromium, driven by playwright."""
    found = next((path for path in map(shutil.which, ("chromium", "chromium-browser", "/usr/bin/chromium")) if path), None)
    if not found:
        absent("No Chromium is installed (Debian: apt-get install chromium).", "WTF_BOOK_REQUIRE_BROWSER")
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with playwright.sync_playwright() as driver:
        running = driver.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-gpu"])
        yield running
        running.close()
