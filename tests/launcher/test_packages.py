"""What comes of the locked packages where they are not there, or cannot be had."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from scripts import assets
from scripts.launcher import checks, packages, places
from scripts.launcher.screen import Trouble

WARNED = "npm warn cli npm v11.6.0 does not support Node.js v18.20.4.\n"
GONE = "npm error code E404\nnpm error 404 Not Found - GET https://registry.example/govuk-frontend\n"
OWN_LOG = "npm error A complete log of this run can be found in: /home/x/.npm/_logs/x-debug-0.log\n"


@pytest.fixture
def front_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A front end of which nothing is there yet, and an npm that is known to be there."""
    for name, path in {
        "FRONTEND": "",
        "MODULES": "node_modules",
        "VENDOR": "vendor",
        "STAMP": "vendor/.stamp",
        "AXE": "node_modules/axe-core/axe.min.js",
    }.items():
        monkeypatch.setattr(assets, name, tmp_path / path)
    monkeypatch.setattr(assets, "_fingerprint", lambda: "of this lock")
    monkeypatch.setattr(places, "LOGS", tmp_path / "log")
    monkeypatch.setattr(packages.shutil, "which", lambda _name: str(tmp_path / "npm"))
    return tmp_path


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        (
            WARNED + "npm error code ENOTFOUND\n" + OWN_LOG,
            "the package index cannot be reached, so check the network",
        ),
        (WARNED + "npm error code EINTEGRITY\n" + OWN_LOG, "a download does not match its locked hash"),
        (
            WARNED + "npm error nospc ENOSPC: no space left on device, write\n",
            "there is no space left on the disk",
        ),
        (WARNED + GONE + OWN_LOG, "npm error code E404"),
    ],
)
def test_why_npm_failed_is_looked_for_in_all_that_it_said_and_all_is_kept(
    front_end: Path, said: str, sentence: str
) -> None:
    npm = front_end / "npm"
    npm.write_text(f"#!/bin/sh\ncat >&2 <<'END'\n{said}END\nexit 1\n")
    npm.chmod(0o755)
    with pytest.raises(Trouble, match=f"^installing the front-end packages failed: .*{sentence}"):
        packages._install_assets()
    assert (front_end / "log" / "npm.log").read_text() == said


def test_no_npm_is_a_sentence_of_its_own(front_end: Path) -> None:
    with pytest.raises(Trouble, match="npm was not found at"):
        packages._install_assets()


def test_tests_have_what_they_read_installed_again_and_pages_do_without(
    front_end: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[list[str]] = []

    def npm(command: list[str], **_options: object) -> SimpleNamespace:
        ran.append(command)
        assets.AXE.parent.mkdir(parents=True)
        assets.AXE.touch()
        return SimpleNamespace(returncode=0)

    monkeypatch.setattr(assets.subprocess, "run", npm)
    monkeypatch.setattr(assets, "_copy", lambda folder: folder.mkdir())
    assets.VENDOR.mkdir()
    assets.STAMP.write_text("of this lock")
    packages._install_assets()
    assert ran == []
    packages._install_assets(for_tests=True)
    packages._install_assets(for_tests=True)
    assert [command[1] for command in ran] == ["ci"]


@pytest.mark.parametrize("run", [checks.test, checks.faults])
def test_a_run_of_the_tests_asks_for_what_they_read(run, monkeypatch: pytest.MonkeyPatch) -> None:
    def install(*, for_tests: bool = False) -> None:
        assert for_tests
        raise KeyboardInterrupt

    monkeypatch.setattr(packages, "install", install)
    with pytest.raises(KeyboardInterrupt):
        run([])
