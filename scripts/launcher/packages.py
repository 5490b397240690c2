"""The virtual environment and the front-end packages, installed from locks with hashes."""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from scripts import assets
from scripts.launcher import places
from scripts.launcher.locks import Lock
from scripts.launcher.screen import Trouble, explain, step

LOCKS = [places.ROOT / "requirements.txt", places.ROOT / "requirements-dev.txt"]
STAMP = places.VENV / "rollcall.stamp"
# Node and npm in a wheel, for machines that have neither; thrown away after use.
NODE_LOCK = places.ROOT / "requirements-node.txt"


def install(*, for_tests: bool = False) -> None:
    """Bring .venv and frontend/vendor up to date with the locks; raise Trouble where that fails.

    The pages need nothing of frontend/node_modules once vendor is made; the tests do.
    """
    lock = Lock(places.VAR / "install.lock")
    lock.take_alone(wait=True)  # two starts at once must not write into one environment
    try:
        _install_python()
        _install_assets(for_tests=for_tests)
    finally:
        lock.release()


def _install_python() -> None:
    stamp = _stamp()
    if places.PYTHON.exists() and STAMP.exists() and STAMP.read_text() == stamp:
        return
    with step("Python packages"):
        version = STAMP.read_text().split()[:1] if STAMP.exists() else []
        if not places.PYTHON.exists() or version != stamp.split()[:1]:
            _call([sys.executable, "-m", "venv", "--clear", str(places.VENV)], "making .venv", "venv.log")
        _call(_pip(places.PYTHON, *LOCKS), "installing the Python packages", "pip.log")
        STAMP.write_text(stamp)


def _pip(python: Path, *locks: Path) -> list[str]:
    quiet = ["--no-input", "--disable-pip-version-check", "--progress-bar", "off", "--retries", "2"]
    return [str(python), "-m", "pip", "install", "--require-hashes", *quiet, *(f"-r{lock}" for lock in locks)]


def _stamp() -> str:
    digest = hashlib.sha256(b"".join(lock.read_bytes() for lock in LOCKS)).hexdigest()
    return f"{sys.version_info.major}.{sys.version_info.minor}:{os.path.realpath(sys.base_prefix)} {digest}"


def _install_assets(*, for_tests: bool = False) -> None:
    if assets.is_current(for_tests=for_tests):
        return
    with step("Front-end packages"):
        npm = shutil.which("npm")
        try:
            if npm:
                assets.build(npm)
            else:
                _build_with_wheel()
        except assets.AssetsFailed as error:
            said = error.output or str(error)
            log = places.LOGS / "npm.log"
            raise explain("installing the front-end packages", said, log, why=str(error)) from None


def _build_with_wheel() -> None:
    folder = places.VAR / "node"
    shutil.rmtree(folder, ignore_errors=True)
    _call([sys.executable, "-m", "venv", str(folder)], "making a place for npm", "venv.log")
    binaries = folder / "bin"
    _call(
        _pip(binaries / "python", NODE_LOCK),
        "installing npm",
        "pip.log",
    )
    before = os.environ["PATH"]
    os.environ["PATH"] = f"{binaries}{os.pathsep}{before}"
    try:
        assets.build(str(binaries / "npm"))
    finally:
        os.environ["PATH"] = before
        shutil.rmtree(folder, ignore_errors=True)


def _call(command: list[str], what: str, log: str) -> None:
    try:
        done = subprocess.run(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=places.ROOT, check=False
        )
    except OSError as error:
        raise Trouble(f"{what} failed: {error.strerror}.") from None
    if done.returncode:
        raise explain(what, done.stdout, places.LOGS / log)


def find_in_wheel(inside: str) -> Path | None:
    """Return a file or folder of an installed wheel, without importing the wheel's own code."""
    return next(iter(sorted(places.VENV.glob(f"lib/python*/site-packages/{inside}"))), None)
