"""The sheet for the child: whom it names, what it must not hold, and who may print it."""

import gettext
import html
import re
import shutil
from datetime import timedelta
from io import StringIO
from pathlib import Path

import polib
import pytest
from django.core.management import CommandError, call_command
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils.translation import trans_real

from alerts import child_sheets, reach, sheet_words
from cases import clock, concerns, people, reviewing_officers
from cases.management import catalog
from cases.models import AccessRecord, Child, Role
from tests.alerts.matrix import FRESH
from tests.counts import FULL
from tests.database import ROOT
from tests.factories import AT, a_person, a_watched_child, membership_of

pytestmark = pytest.mark.django_db


@pytest.mark.by_turns
def test_it_names_who_looks_out_for_the_child_and_nothing_that_a_finder_could_use(
    client: Client, monkeypatch: pytest.MonkeyPatch, settings
) -> None:
    settings.DUTY_LINE = "01632 960100"
    monkeypatch.setattr(clock, "now", lambda: AT + timedelta(hours=2))
    w = a_watched_child(at=AT, nationality="Sudan", trafficking="yes", home_office_reference="HO-77")
    Child.objects.filter(pk=w.child.pk).update(family_name="Quarrendon")
    address = reverse("child_sheet", args=[w.child.reference])
    client.force_login(w.worker)
    page = client.get(address).content.decode().replace("\N{NO-BREAK SPACE}", " ")
    main = page[page.index("<main") : page.index("</main>")]
    for told in (w.child.given_name, "01632 960100", "0800 1111", "116 000"):
        assert told in main
    for told in (
        "It is not to punish you",
        "or if somebody may want to harm you",
        "advocate",
        "You can complain",
        "I am safe",
    ):
        assert told in main
    place = w.placement.home
    for secret in (
        "Quarrendon",
        "Sudan",
        "HO-77",
        place.name,
        place.address or "-no address-",
        "trafficking",
        # Whoever gives it to the child writes them on it: see below.
        w.worker.name,
        w.guardian.name,
    ):
        assert secret not in main
    assert w.child.reference not in main.replace(reverse("child_people", args=[w.child.reference]), "")
    assert "rc-print-header" not in page, "a marking would say more than the paper"
    assert AccessRecord.objects.filter(child=w.child, page="child_sheet", user=w.worker).exists()
    reviewer = a_person(Role.REVIEWING_OFFICER, authority=w.authority)
    officer = reviewing_officers.Officer(user=reviewer, starts_at=AT + timedelta(hours=1))
    reviewing_officers.appoint(w.child, officer, by=w.worker, at=AT + timedelta(hours=1))
    for reader, is_led in ((w.worker, True), (reviewer, False)):
        client.force_login(reader)
        shown = client.get(address)
        assert shown.status_code == 200
        assert (reverse("sheet_words") in shown.content.decode()) is is_led
        assert client.get(reverse("sheet_words")).status_code == (200 if is_led else 403)
    for stranger in (w.carer, w.guardian, w.officer):
        client.force_login(stranger)
        assert client.get(address).status_code == 404


def told(page: HttpResponse) -> str:
    """What a sheet or a form says, but for what is made anew for every answer."""
    body = page.content.decode()
    return FRESH.sub("", body[body.index("<main") : body.index("</main>")])


def paper_of(page: str, begins: str) -> str:
    """What is printed: from this on, as far as the button that prints it."""
    inner = page[page.index(begins) :]
    return inner[: inner.index("<button type")]


@pytest.mark.by_turns
def test_no_paper_and_no_list_tells_a_colleague_from_whom_a_child_is_kept(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Worker, guardian and manager: what a colleague reads is the same before the mark and after it."""
    monkeypatch.setattr(clock, "now", lambda: AT + timedelta(hours=2))
    w = a_watched_child(at=AT)
    colleague = a_person(Role.SOCIAL_WORKER, team=w.team)
    client.force_login(colleague)
    pages = [reverse(name, args=[w.child.reference]) for name in ("child_sheet", "missing_report_quick")]
    before = [told(client.get(page)) for page in pages]
    assert "Social worker" in before[1]
    assert f"tel:{w.team.phone.replace(' ', '')}" in before[0]
    for person, by in ((w.worker, w.manager), (w.guardian, w.manager), (w.manager, w.head)):
        concerns.keep_from(w.child, person, reason="An allegation", by=by, at=AT + timedelta(hours=1))
        assert [told(client.get(page)) for page in pages] == before, person
    reached = {one.post for one in reach.told_when_missing(w.child, now=AT + timedelta(hours=2))}
    assert {"Social worker", "Guardian", "Team manager"} <= {post.capitalize() for post in reached}


@pytest.mark.by_turns
def test_a_name_is_typed_on_the_sheet_and_sent_nowhere(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: AT + timedelta(hours=2))
    w = a_watched_child(at=AT)
    client.force_login(w.worker)
    page = told(client.get(reverse("child_sheet", args=[w.child.reference])))
    boxes = re.findall(r"<label>(.*?): <input ([^>]*)></label>", page)
    assert [label for label, _box in boxes] == ["Your social worker is", "Your guardian is"]
    assert not [box for _label, box in boxes if "name=" in box or "value=" in box]
    assert "<form" not in page


@pytest.mark.by_turns
def test_it_has_the_team_and_the_service_whoever_is_away_or_has_left() -> None:
    w = a_watched_child(at=AT, trafficking="yes")
    during = AT + timedelta(days=4)
    before = child_sheets.people(w.child, now=AT + timedelta(days=1))
    phones = {one.part: one.phone for one in before}
    assert phones["Your social worker’s team"] == w.team.phone
    assert phones["Your guardian’s service"] == w.assignment.service.phone
    people.leave(membership_of(w.worker), by=w.manager, at=AT + timedelta(days=2))
    assert child_sheets.people(w.child, now=during) == before
    people.leave(membership_of(w.guardian), by=w.manager, at=AT + timedelta(days=2))
    assert "Your guardian’s service" not in {one.part for one in child_sheets.people(w.child, now=during)}


@pytest.mark.by_turns
def test_the_paper_is_in_the_language_that_is_chosen_and_says_what_of_it_is_not_translated(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The screen stays in its own language; a language that nobody has translated says so, and is no empty paper."""
    monkeypatch.setattr(clock, "now", lambda: AT + timedelta(hours=2))
    w = a_watched_child(at=AT)
    client.force_login(w.worker)
    address = reverse("child_sheet", args=[w.child.reference])
    english = client.get(address).content.decode()
    assert "sentences are translated" not in english
    every = {word.text for word in sheet_words.words()}
    said = {"Who looks out for you": "Pwy sy’n gofalu", "Your social worker’s team": "Tîm eich gweithiwr"}
    for text, welsh in said.items():
        monkeypatch.setitem(trans_real.translation("cy")._catalog._catalogs[0], text, welsh)
    welsh = client.get(address, {"language": "cy"}).content.decode().replace("\N{NO-BREAK SPACE}", " ")
    assert all(words in welsh for words in said.values())
    assert "Language of the paper:" in welsh, "the page itself stays English"
    assert f"of its {len(every)} sentences are translated" in welsh
    assert "Childline: 0800 1111" in welsh, "what is not translated stands in English"
    assert client.get(address, {"language": "xx"}).content.decode().count("Who looks out for you") == 1


@pytest.mark.by_turns
@pytest.mark.parametrize("code", ["ar", "ps", "prs", "ckb", "fa-af"])
def test_a_paper_that_runs_right_to_left_says_so_and_keeps_its_numbers_whole(
    client: Client, monkeypatch: pytest.MonkeyPatch, settings, code: str
) -> None:
    """Until a sentence of it is translated it is English, and runs as English does; the page round it always does."""
    monkeypatch.setattr(clock, "now", lambda: AT + timedelta(hours=2))
    settings.LANGUAGES = [*settings.LANGUAGES, (code, "Another")]
    settings.DUTY_LINE = "01632 960100"
    w = a_watched_child(at=AT)
    client.force_login(w.worker)
    address = reverse("child_sheet", args=[w.child.reference])
    assert '<div lang="en-gb" dir="ltr">' in client.get(address, {"language": code}).content.decode()
    text = "Childline: 0800 1111. It is free, and they are not part of us."
    said = "خط الطفل: 0800 1111 مجاني"
    monkeypatch.setitem(trans_real.translation(code)._catalog._catalogs[0], text, said)
    page = client.get(address, {"language": code}).content.decode()
    paper = paper_of(page, f'<div lang="{code}" dir="rtl">')
    assert said.replace("0800 1111", "0800\N{NO-BREAK SPACE}1111") in paper
    assert "116\N{NO-BREAK SPACE}000" in paper
    assert re.findall(r"\d \d", paper) == []
    assert '<html lang="en-gb" class' in page
    assert page.count('dir="rtl"') == 1
    welsh = client.get(address, {"language": "cy"}).content.decode()
    assert 'dir="rtl"' not in welsh


@pytest.mark.by_turns
def test_translators_read_each_sentence_of_the_paper_with_its_place_and_of_no_child(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: AT + timedelta(hours=2))
    w = a_watched_child(at=AT)
    client.force_login(w.worker)
    places = {word.text: word.place for word in sheet_words.words()}
    assert places["Childline: 0800 1111. It is free, and they are not part of us."] == "Somebody on your side"
    assert places["Your guardian is"] == "Who looks out for you"
    assert places["%(name)s, this is for you"] == "%(name)s, this is for you"
    paper = client.get(reverse("child_sheet", args=[w.child.reference])).content.decode()
    inner = paper_of(paper, '<div lang="en-gb" dir="ltr">').replace("\N{NO-BREAK SPACE}", " ")
    shown = [
        re.sub(r"<[^>]*>", "", html.unescape(one)).strip()
        for one in re.split(r"</?(?:li|p|h1|h2|label)\b[^>]*>", inner)
    ]
    # A name or a number stands in it, or a phone behind it.
    known = [re.compile(re.sub(r"%\\\(\w+\\\)s", ".+", re.escape(text))) for text in places]
    lines = [one for one in shown if one]
    assert len(lines) > 20
    assert [one for one in lines if not any(text.match(one) for text in known)] == [], "none is left out"
    answer = client.get(reverse("sheet_words"))
    assert html.escape("Nobody may treat you worse for it") in answer.content.decode()
    assert w.child.given_name not in answer.content.decode()
    client.force_login(w.carer)
    assert client.get(reverse("sheet_words")).status_code == 403


def template(language: str) -> polib.POFile:
    out = StringIO()
    call_command("sheet_words", language=language, stdout=out)
    return polib.pofile(out.getvalue())


def test_a_translator_of_a_new_language_is_given_the_sentences_of_the_paper_alone_and_nothing_filled_in() -> (
    None
):
    file = template("ar")
    places = {one.msgid: one.comment for one in file}
    assert len(places) == len(file)
    assert places == {word.text: word.place for word in sheet_words.words()}
    assert not any(one.msgstr for one in file)
    assert (file.metadata["Language"], file.metadata["Plural-Forms"][:10]) == ("ar", "nplurals=6")
    assert {one.msgid for one in file if one.flags} == {text for text in places if "%(" in text} != set()
    # Of a language that Django has nothing of, which many of the children speak.
    assert template("ti").metadata["Plural-Forms"].startswith("nplurals=2")


def of_the_sheet(root: Path) -> Path:
    """The service with the page of these words alone: to look through all of it takes seconds."""
    page = Path("templates", "alerts", "child_sheet_words.html")
    (root / page).parent.mkdir(parents=True)
    shutil.copy(ROOT / page, root / page)
    return root


@pytest.mark.by_turns
def test_what_comes_back_filled_in_is_a_catalogue_of_this_service_and_is_said_by_it(tmp_path: Path) -> None:
    said = {
        "Who looks out for you": "من يعتني بك",
        "%(name)s, this is for you": "%(name)s، هذه لك",
    }
    back = template("ar")
    for one in back:
        one.msgstr = said.get(one.msgid, "")
    file = tmp_path / "locale" / "ar" / "LC_MESSAGES" / "django.po"
    file.parent.mkdir(parents=True)
    back.save(str(file))
    root = ROOT if FULL else of_the_sheet(tmp_path / "part")
    words, translated = catalog.update(root, file)
    known = {(one.msgctxt, one.msgid) for one in polib.pofile(str(catalog.files(ROOT)[0]))}
    assert {(one.msgctxt, one.msgid) for one in catalog.read(file)} <= known
    assert words == len(known) or not FULL
    assert translated == len(said)
    compiled = file.with_suffix(".mo")
    catalog.read(file).save_as_mofile(str(compiled))
    with compiled.open("rb") as stream:
        arabic = gettext.GNUTranslations(stream)
    assert {text: arabic.gettext(text) for text in said} == said


def test_a_language_that_is_there_is_given_with_what_is_translated_and_no_path_is_taken_for_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    text = "If you are in danger, ring 999."
    monkeypatch.setitem(trans_real.translation("cy")._catalog._catalogs[0], text, "Ffoniwch 999.")
    given = {one.msgid: one.msgstr for one in template("cy")}
    assert given[text] == "Ffoniwch 999."
    assert "" in given.values()
    for other in ("../cy", "Arabic", ""):
        with pytest.raises(CommandError, match="by its code"):
            template(other)
