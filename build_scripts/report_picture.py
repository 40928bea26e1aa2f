"""Run a job, write its report, and take pictures of it with a headless Chromium.

Usage:
    python3 build_scripts/report_picture.py [FOLDER]    light.png, dark.png, report.html, report.pdf

The job downloads the built-in bucket with some faults, so that the report has something to show.
FOLDER is created if necessary; the default is "report-picture" in the current directory.

Exit status: 0 done, 1 something went wrong, 3 there is no Chromium.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import ossh.demo  # noqa: E402 - after the path is known

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome", "msedge")
SIZE = "1100,2400"
SECONDS = 120


def main() -> int:
    """Write the report and its pictures; return the exit status."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        print("no Chromium found: install it to see the report (apt-get install chromium)")
        return 3
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "report-picture").absolute()
    folder.mkdir(parents=True, exist_ok=True)
    page = folder / "report.html"
    with tempfile.TemporaryDirectory(prefix="ossh-picture-") as scratch:
        if not write_report(Path(scratch), page):
            print("error: the report was not written")
            return 1
        for name, option in {
            "light.png": f"--screenshot={folder / 'light.png'}",
            "dark.png": f"--screenshot={folder / 'dark.png'}",
            "report.pdf": f"--print-to-pdf={folder / 'report.pdf'}",
        }.items():
            if not taken(browser, page, option, Path(scratch), is_dark=name == "dark.png"):
                print(f"error: {name} was not written")
                return 1
    print(f"see {folder}")
    return 0


def write_report(scratch: Path, page: Path) -> bool:
    """Run a job on the built-in bucket, a few objects of which fail, and write its report."""
    with ossh.demo.start() as server:
        server.fault("status", key="logs/2026/01/*", status=403, code="AccessDenied", times=3)
        server.fault("delay", key="photos/*", seconds=0.3)
        command = [sys.executable, "-m", "ossh", f"oss://{server.bucket}/"]
        command += ["--endpoint", server.endpoint, "--region", server.region, "--quiet"]
        for line in ("set rate 24MiB", "get --name demo --to demo", f'report demo "{page}"'):
            command += ["-c", line]
        keys = {
            "OSS_ACCESS_KEY_ID": server.access_key_id,
            "OSS_ACCESS_KEY_SECRET": server.access_key_secret,
            "PYTHONPATH": str(ROOT),
            "HOME": str(scratch),
        }
        subprocess.run(command, cwd=scratch, env=keys, check=False, timeout=SECONDS)
    return page.exists()


def taken(browser: str, page: Path, option: str, scratch: Path, *, is_dark: bool) -> bool:
    """Have the browser draw the page; tell whether the picture is there."""
    command = [browser, "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
    command += [f"--user-data-dir={scratch / 'profile'}", f"--window-size={SIZE}"]
    command += ["--no-pdf-header-footer", "--host-resolver-rules=MAP * ~NOTFOUND"]
    if is_dark:
        command.append("--blink-settings=preferredColorScheme=0")
    subprocess.run(
        [*command, option, page.as_uri()], capture_output=True, check=False, timeout=SECONDS
    )
    picture = Path(option.partition("=")[2])
    return picture.exists() and picture.stat().st_size > 0


if __name__ == "__main__":
    sys.exit(main())
