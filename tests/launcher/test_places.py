"""Where the launcher writes, and what it says when it cannot."""

import os
import stat
import sys
from collections import namedtuple

import pytest

from scripts.launcher import places
from scripts.launcher.screen import Trouble, explain

Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def var(tmp_path, monkeypatch):
    monkeypatch.setattr(places, "VAR", tmp_path / "var")
    monkeypatch.setattr(places, "LOGS", tmp_path / "var" / "log")
    monkeypatch.setattr(places, "MAIL", tmp_path / "var" / "mail")
    return tmp_path / "var"


def test_what_a_run_makes_is_for_its_owner_alone(var):
    places.make()
    places.write_private(var / "run.json", {"web": "http://127.0.0.1:8000/"})
    assert stat.S_IMODE(var.stat().st_mode) == 0o700
    assert stat.S_IMODE((var / "run.json").stat().st_mode) == 0o600
    assert places.read(var / "run.json") == {"web": "http://127.0.0.1:8000/"}
    assert [path.name for path in var.iterdir() if path.is_file()] == ["run.json"]


def test_a_full_disk_is_one_sentence(var, monkeypatch):
    monkeypatch.setattr("shutil.disk_usage", lambda _path: Usage(10**12, 10**12, 5_000_000))
    with pytest.raises(Trouble, match="too little space on the disk: 5 MB are free"):
        places.make()


def test_a_folder_that_cannot_be_written_is_one_sentence(var):
    var.write_text("a file where the folder should be")
    with pytest.raises(Trouble, match="cannot be written"):
        places.make()


def test_a_file_cut_short_reads_as_missing(var):
    places.make()
    (var / "run.json").write_text('{"web": "http')
    assert places.read(var / "run.json") is None
    assert places.read(var / "none.json") is None


@pytest.mark.parametrize(
    ("output", "sentence"),
    [
        ("OSError: [Errno 28] No space left on device", "there is no space left on the disk"),
        (
            "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.",
            "does not match its locked hash",
        ),
        ("npm error code ENOTFOUND", "check the network"),
        ("NewConnectionError: Failed to establish a new connection: [Errno -3]", "check the network"),
        (
            "ERROR: No matching distribution found for ruff==9",
            f"not made for Python 3.{sys.version_info.minor}",
        ),
        ("Network is unreachable\nERROR: No matching distribution found for ruff==9", "check the network"),
        ("first line\nsomething else broke\n\n", "something else broke"),
        ("no connection\n\tIs the server running?\n", "failed: no connection"),
        ("", "it said nothing"),
    ],
)
def test_a_failing_tool_is_one_sentence_and_its_words_are_kept(tmp_path, output, sentence):
    trouble = explain("installing", output, tmp_path / "log" / "pip.log")
    assert sentence in str(trouble)
    assert "\n" not in str(trouble)
    assert (tmp_path / "log" / "pip.log").read_text() == output
    assert os.access(tmp_path / "log" / "pip.log", os.R_OK)
