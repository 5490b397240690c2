"""Installs the locked front-end packages and copies what the pages serve into frontend/vendor."""

import hashlib
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FRONTEND = ROOT / "frontend"
MODULES = FRONTEND / "node_modules"
VENDOR = FRONTEND / "vendor"
STAMP = VENDOR / ".stamp"
# The tests read it where npm put it.
AXE = MODULES / "axe-core" / "axe.min.js"

# Where a package keeps a file, and the name it is served under (STATICFILES_DIRS holds vendor/).
FILES = {
    "govuk-frontend/dist/govuk/govuk-frontend.min.css": "govuk/govuk-frontend.min.css",
    "govuk-frontend/dist/govuk/govuk-frontend.min.js": "govuk/govuk-frontend.min.js",
    "@ministryofjustice/frontend/moj/moj-frontend.min.css": "moj/moj-frontend.min.css",
    "accessible-autocomplete/dist/accessible-autocomplete.min.css": "autocomplete/accessible-autocomplete.min.css",
    "accessible-autocomplete/dist/accessible-autocomplete.min.js": "autocomplete/accessible-autocomplete.min.js",
}
# Images a stylesheet names, beside the stylesheets that name them. The crown, the crest and the favicons
# belong to GOV.UK alone and are not copied.
IMAGES = {"moj": MODULES / "@ministryofjustice/frontend/moj/assets/images"}

# The components of the Ministry of Justice's kit that pages use; rules of the others are left out, for they are
# nine tenths of that stylesheet and every first visit over a poor network would pay for them.
MOJ_COMPONENTS = ("alert", "sub-navigation", "ticket-panel", "timeline")
# Of GOV.UK's kit, which pages use nearly all of, the components that none uses.
GOVUK_LEFT_OUT = (
    "accordion",
    "accordion-nav",
    "cookie-banner",
    "exit-this-page",
    "exit-this-page-overlay",
    "feedback",
    # The kit's drop zone: pages have the plain box of the browser, which phones know how to fill from the camera.
    "drop-zone",
    "file-upload-button",
    "footer",
    "header",
    "language-navigation",
    "notification-banner",
    "phase-banner",
    "section-break",
    "tabs",
    "task-list",
)
# Of components that pages use, the forms that none uses: on a dark ground, with icons, with numbers of pages.
GOVUK_FORMS_LEFT_OUT = re.compile(
    r"--inverse$|^(pagination(__item|__icon|__list|--block)|button(--start|__start)|panel--interruption|panel__actions)"
)
CLASS = re.compile(r"\.(moj|govuk)-([a-z][a-z_-]*)")

# How npm begins a line about why it failed: since its tenth version, and before.
TROUBLE = ("npm error", "npm ERR!")

FONT_STACK = "arial,sans-serif"
FONT_FACE = re.compile(r"@font-face\s*\{[^}]*GDS Transport[^}]*\}")
FONT_NAME = re.compile(r"\"?GDS Transport\"?\s*,\s*arial\s*,\s*sans-serif")
SOURCE_MAP = re.compile(r"/\*# sourceMappingURL=[^*]*\*/|//# sourceMappingURL=\S*")
CREST = re.compile(r"url\(/assets/images/govuk-crest[^)]*\)")
ASSET = re.compile(r"url\((['\"]?)/assets/images/([^)'\"]+)\1\)")


class AssetsFailed(Exception):
    """The packages could not be installed or a file in them is not where it was; `output` is all that npm said, if it ran."""

    def __init__(self, sentence: str, output: str = "") -> None:
        super().__init__(sentence)
        self.output = output


def build(npm: str) -> None:
    """Bring frontend/vendor up to date with the lock file, with the npm at this path; quick when it already is.

    Raises AssetsFailed with one clear sentence.
    """
    if is_current(for_tests=True):
        return
    _install(npm)
    fresh = FRONTEND / "vendor.new"
    shutil.rmtree(fresh, ignore_errors=True)
    _copy(fresh)
    (fresh / STAMP.name).write_text(_fingerprint())
    shutil.rmtree(VENDOR, ignore_errors=True)
    fresh.rename(VENDOR)


def is_current(*, for_tests: bool) -> bool:
    """Tell whether frontend/vendor is that of the lock file; with `for_tests`, whether what they read is there too."""
    there = STAMP.is_file() and STAMP.read_text() == _fingerprint()
    return there and (not for_tests or AXE.is_file())


def rewrite(text: str) -> str:
    """Take the GOV.UK font and crest out of a stylesheet or script, and make the addresses of images relative."""
    text = SOURCE_MAP.sub("", text)
    text = FONT_FACE.sub("", text)
    text = FONT_NAME.sub(FONT_STACK, text)
    text = CREST.sub("none", text)
    return ASSET.sub(r"url(images/\2)", text)


def keep_components(css: str) -> str:
    """Leave out the rules of a minified stylesheet whose every selector belongs to components not used."""
    kept = []
    for prelude, body in _rules(css):
        if prelude.startswith(("@media", "@supports")):
            inner = keep_components(body)
            kept.append(f"{prelude}{{{inner}}}" if inner else "")
        elif prelude.startswith("@") or any(_is_used(selector) for selector in prelude.split(",")):
            kept.append(f"{prelude}{{{body}}}")
    return "".join(kept)


def _is_used(selector: str) -> bool:
    names = CLASS.findall(selector)
    blocks = {(kit, re.split(r"__|--", name)[0]) for kit, name in names}
    if ".probation-" in selector:
        # The header and footer of another service, which the kit carries along.
        return False
    of_moj = {block for kit, block in blocks if kit == "moj"}
    if any(kit == "govuk" and block in GOVUK_LEFT_OUT for kit, block in blocks):
        return False
    if any(kit == "govuk" and GOVUK_FORMS_LEFT_OUT.search(name) for kit, name in names):
        return False
    return not of_moj or not of_moj.isdisjoint(MOJ_COMPONENTS)


def _rules(css: str) -> list[tuple[str, str]]:
    """Return the outermost rules as pairs of what stands before the brace and what stands inside."""
    rules, depth, start, opened = [], 0, 0, 0
    for position, character in enumerate(css):
        if character == "{":
            depth += 1
            opened = position if depth == 1 else opened
        elif character == "}":
            depth -= 1
            if depth == 0:
                rules.append((css[start:opened].strip(), css[opened + 1 : position]))
                start = position + 1
    return rules


def _fingerprint() -> str:
    """One line that changes with the lock file or with this file."""
    digest = hashlib.sha256()
    for path in (FRONTEND / "package-lock.json", Path(__file__)):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _install(npm: str) -> None:
    command = [npm, "ci", "--include=dev", "--ignore-scripts", "--no-audit", "--no-fund"]
    try:
        done = subprocess.run(command, cwd=FRONTEND, capture_output=True, text=True, timeout=300, check=False)
    except FileNotFoundError as error:
        raise AssetsFailed(f"npm was not found at {npm}.") from error
    except subprocess.TimeoutExpired as error:
        raise AssetsFailed("npm did not finish within 5 minutes: check the network.") from error
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        # A warning comes before the trouble, and where npm keeps its own log after it.
        why = next((line for line in lines if line.startswith(TROUBLE)), (lines or ["no message"])[0])
        raise AssetsFailed(f"npm could not install the front-end packages: {why}", done.stdout + done.stderr)


def _copy(target: Path) -> None:
    for source, name in FILES.items():
        path = MODULES / source
        if not path.is_file():
            raise AssetsFailed(f"The package file {source} is missing: its name has changed.")
        text = rewrite(path.read_text(encoding="utf-8"))
        if name.endswith(".css"):
            text = keep_components(text)
        destination = target / name
        destination.parent.mkdir(parents=True, exist_ok=True)
        destination.write_text(text, encoding="utf-8")
        for image in sorted(set(re.findall(r"url\(images/([^)]+)\)", text))):
            _copy_image(image, destination.parent)


def _copy_image(image: str, folder: Path) -> None:
    source = IMAGES.get(folder.name, MODULES) / image
    if not source.is_file():
        raise AssetsFailed(f"The image {image} named by the {folder.name} stylesheet is missing.")
    (folder / "images").mkdir(exist_ok=True)
    shutil.copyfile(source, folder / "images" / image)


def main() -> int:
    npm = sys.argv[1] if len(sys.argv) > 1 else shutil.which("npm")
    if npm is None:
        sys.stderr.write("npm is not installed: put it on PATH or give its path.\n")
        return 1
    try:
        build(npm)
    except AssetsFailed as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
