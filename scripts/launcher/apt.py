"""The operating system's own packages: the last way to a program, for root on Debian alone."""

import itertools
import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from typing import TypeVar

from scripts.launcher import places
from scripts.launcher.screen import explain, step

T = TypeVar("T")
OPTIONS = ["-y", "-qq", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=300"]


def may_install() -> bool:
    """Tell whether this process can install packages."""
    return os.geteuid() == 0 and bool(shutil.which("apt-get"))


def fetch(
    title: str, packages: Sequence[str], look: Callable[[], T | None], *, beside: str = "", service: str = ""
) -> T | None:
    """Install the first of these packages after which `look` finds something, and return that.

    With it comes the package `beside`. The `service` that the system starts of it is ended, unless it ran before: what is
    used here has a port and a folder of its own. None where packages came and none brought what is looked for; raises
    Trouble where they could not be had.
    """
    idle = bool(service) and not _service(service, "status")
    with step(title):
        # Not every release has each of them; a list of packages that is out of date knows none.
        for refresh, package in itertools.product((False, True), packages):
            if refresh:
                _apt(["update", "-qq"])
            done = _apt(["install", *OPTIONS, package, *filter(None, [beside])])
            if idle:
                _service(service, "stop")
            found = look()
            if found:
                return found
    if not done.returncode:
        return None
    raise explain(f"apt-get install {package}", done.stdout, places.LOGS / "apt.log")


def _apt(words: list[str]) -> subprocess.CompletedProcess[str]:
    env = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    return subprocess.run(
        ["apt-get", *words], env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, check=False,
    )  # fmt: skip


def _service(name: str, word: str) -> bool:
    """Return whether what is asked of a service is so, or was done; not where there are no services."""
    program = shutil.which("service")
    asked = [program or "service", name, word]
    return bool(program) and not subprocess.run(asked, capture_output=True, check=False).returncode
