"""What one process of a run makes for all of them."""

import subprocess
import sys
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from tests import factories, shared
from tests.database import ROOT

ASK = """
import pathlib, sys, time
from tests import shared
folder = pathlib.Path(sys.argv[1])
def make():
    with (folder / "made").open("a") as file:
        file.write("once\\n")
    time.sleep(0.5)
    return "the town"
print(shared.once(folder, "town", make))
"""


def test_of_two_who_ask_at_once_one_makes_it_and_both_have_it(tmp_path: Path) -> None:
    asking = [
        subprocess.Popen(
            [sys.executable, "-c", f"import django; django.setup()\n{ASK}", str(tmp_path)],
            cwd=ROOT, stdout=subprocess.PIPE, text=True,
        )
        for _ in range(2)
    ]  # fmt: skip
    assert [one.communicate()[0] for one in asking] == ["the town\n"] * 2
    assert (tmp_path / "made").read_text() == "once\n"


def test_what_could_not_be_made_is_tried_again_by_whoever_asks_next(tmp_path: Path, settings: Any) -> None:
    photos = tmp_path / "kept"

    def fail() -> Any:
        (Path(settings.PHOTO_ROOT) / "half").write_text("sealed")
        raise ValueError("no house")

    with pytest.raises(ValueError, match="no house"):
        shared.once(tmp_path, "town", lambda: shared.fill(fail, photos))
    filled = shared.once(tmp_path, "town", lambda: shared.fill(lambda: "the town", photos))
    assert filled.made == "the town"
    assert list(photos.iterdir()) == []


def test_whoever_takes_it_has_its_files_and_makes_nothing_that_is_in_it(
    tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def make() -> str:
        (Path(settings.PHOTO_ROOT) / "face").write_text("sealed")
        return "the town"

    settings.PHOTO_ROOT = tmp_path / "elsewhere"
    monkeypatch.setattr(factories, "_serial", count(70))
    monkeypatch.setattr(factories, "_children", count(8))
    filled = shared.fill(make, tmp_path / "kept")
    settings.PHOTO_ROOT = tmp_path / "own"
    monkeypatch.setattr(factories, "_serial", count(1))
    monkeypatch.setattr(factories, "_children", count())
    assert shared.take(filled, tmp_path / "kept") == "the town"
    assert (tmp_path / "own" / "face").read_text() == "sealed"
    assert next(factories._serial) > 70
    assert next(factories._children) == 8
