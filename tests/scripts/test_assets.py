"""What becomes of the front-end packages on their way to the pages."""

import re
import subprocess
from pathlib import Path

import pytest

from scripts import assets

SHEET = (
    "@font-face{font-family:GDS Transport;src:url(/assets/fonts/light.woff2)}"
    ".govuk-body{font-family:GDS Transport,arial,sans-serif}"
    ".govuk-crest{background-image:url(/assets/images/govuk-crest.svg)}"
    ".moj-icon{background:url(/assets/images/icon-document.svg)}"
    "/*# sourceMappingURL=sheet.css.map */"
)


def test_the_font_the_crest_and_absolute_addresses_are_taken_out() -> None:
    assert assets.rewrite(SHEET) == (
        ".govuk-body{font-family:arial,sans-serif}"
        ".govuk-crest{background-image:none}"
        ".moj-icon{background:url(images/icon-document.svg)}"
    )


def test_a_script_loses_the_map_that_is_not_served() -> None:
    assert assets.rewrite("run();//# sourceMappingURL=run.js.map\n") == "run();\n"


def test_only_the_components_in_use_are_kept() -> None:
    sheet = (
        ':root{--a:1}.moj-timeline__item:before{content:""}.moj-date-picker,.moj-date-picker__day{color:red}'
        ".govuk-x .moj-alert--error,.moj-menu{color:blue}"
        "@media (min-width:1px){.moj-menu{top:0}.moj-timeline{top:1px}}@media print{.moj-menu{top:0}}"
        ".govuk-accordion,.js .govuk-tabs__tab{top:0}.govuk-header,.govuk-table{top:2px}.govuk-generic-header{top:3px}"
        ".govuk-pagination__item:hover,.govuk-button--inverse{top:4px}.govuk-pagination__link,.govuk-button{top:5px}"
    )
    assert assets.keep_components(sheet) == (
        ':root{--a:1}.moj-timeline__item:before{content:""}.govuk-x .moj-alert--error,.moj-menu{color:blue}'
        "@media (min-width:1px){.moj-timeline{top:1px}}"
        ".govuk-header,.govuk-table{top:2px}.govuk-generic-header{top:3px}"
        ".govuk-pagination__link,.govuk-button{top:5px}"
    )


def test_no_page_uses_a_component_that_is_left_out() -> None:
    folders = ("templates", "cases", "guardians", "alerts", "static")
    files = [path for folder in folders for path in (assets.ROOT / folder).rglob("*.*")]
    text = "\n".join(path.read_text() for path in files if path.suffix in {".html", ".py", ".css", ".js"})
    names = re.findall(r"\bgovuk-([a-z][a-z_-]*)", text)
    assert not [name for name in names if assets.GOVUK_FORMS_LEFT_OUT.search(name)]
    used = {re.split("__|--", name)[0] for name in names}
    assert used & set(assets.GOVUK_LEFT_OUT) == set()
    of_moj = {re.split("__|--", name)[0] for name in re.findall(r"\bmoj-([a-z][a-z_-]*)", text)}
    assert of_moj - {"frontend"} <= set(assets.MOJ_COMPONENTS)


def test_assets_that_are_up_to_date_cost_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(assets, "VENDOR", tmp_path)
    monkeypatch.setattr(assets, "STAMP", tmp_path / ".stamp")
    monkeypatch.setattr(assets, "AXE", tmp_path / "axe.min.js")
    (tmp_path / ".stamp").write_text(assets._fingerprint())
    (tmp_path / "axe.min.js").touch()
    monkeypatch.setattr(subprocess, "run", lambda *args, **options: pytest.fail("npm was started"))
    assets.build("npm")


def test_an_npm_that_is_not_there_is_one_clear_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(assets, "STAMP", tmp_path / ".stamp")
    with pytest.raises(assets.AssetsFailed, match="npm was not found at"):
        assets.build(str(tmp_path / "npm"))


OLD_NODE = "npm warn cli npm v11.6.0 does not support Node.js v18.20.4.\n"
NO_NETWORK = "npm error code ENOTFOUND\nnpm error network request to https://registry.example failed\n"
OWN_LOG = "npm error A complete log of this run can be found in: /home/x/.npm/_logs/x-debug-0.log\n"


def npm_that_fails(folder: Path, said: str) -> str:
    npm = folder / "npm"
    npm.write_text(f"#!/bin/sh\ncat >&2 <<'END'\n{said}END\nexit 1\n")
    npm.chmod(0o755)
    return str(npm)


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("npm error no network\n", "npm error no network"),
        (OLD_NODE + NO_NETWORK + OWN_LOG, "npm error code ENOTFOUND"),
        (OLD_NODE + "npm ERR! code E404\n", "npm ERR! code E404"),
        ("Killed\n", "Killed"),
        ("", "no message"),
    ],
)
def test_an_npm_that_fails_gives_its_first_words_of_trouble_and_all_of_them(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, said: str, why: str
) -> None:
    monkeypatch.setattr(assets, "STAMP", tmp_path / ".stamp")
    with pytest.raises(assets.AssetsFailed, match=f": {why}$") as failed:
        assets.build(npm_that_fails(tmp_path, said))
    assert failed.value.output == said


def test_the_lock_names_no_registry() -> None:
    lock = (assets.FRONTEND / "package-lock.json").read_text(encoding="utf-8")
    assert "http" not in lock
    assert lock.count('"integrity": "sha512-') == lock.count('"node_modules/')
