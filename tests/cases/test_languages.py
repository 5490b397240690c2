"""The language of the pages: chosen by whoever reads, Welsh where there is Welsh, and never a reason not to read."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from cases import catalogue, moves, references
from cases.management import catalog
from cases.models import Authority
from cases.moves import IllegalMove
from tests.database import ROOT

SIGN_IN = "/sign-in/"

pytestmark = pytest.mark.django_db


def choose(client, code, back=SIGN_IN):
    return client.post(reverse("language_set"), {"language": code, "next": back})


def test_a_page_is_english_until_somebody_chooses(client):
    page = client.get(SIGN_IN).content.decode()
    assert '<html lang="en-gb"' in page
    assert (
        '<button class="rc-link-button" type="submit" name="language" value="cy" lang="cy">Cymraeg</button>'
        in page
    )


@pytest.mark.by_turns
def test_the_footer_leads_back_to_the_same_page_in_welsh_and_the_browser_keeps_it(client):
    answer = choose(client, "cy")
    assert (answer.status_code, answer.headers["Location"]) == (302, SIGN_IN)
    cookie = answer.cookies["rollcall-language"]
    assert (cookie.value, cookie["httponly"], cookie["samesite"]) == ("cy", True, "Lax")
    page = client.get(SIGN_IN).content.decode()
    assert '<html lang="cy"' in page
    assert "Mewngofnodi" in page
    assert 'lang="en-gb">English</button>' in page
    choose(client, "en-gb")
    assert '<html lang="en-gb"' in client.get(SIGN_IN).content.decode()


def test_a_page_that_offers_a_language_sets_no_cookie_for_whoever_only_reads_it(client):
    assert not client.get("/a/nothing/").cookies


def test_choosing_needs_no_token_because_it_changes_nothing_but_words():
    strict = Client(enforce_csrf_checks=True)
    assert choose(strict, "cy").cookies["rollcall-language"].value == "cy"


@pytest.mark.by_turns
@pytest.mark.parametrize("code", ["fr", "", "cy-x", "../cy", "eo"])
def test_a_language_that_is_not_offered_changes_nothing(client, code):
    answer = choose(client, code)
    assert answer.status_code == 302
    assert "rollcall-language" not in answer.cookies


@pytest.mark.by_turns
@pytest.mark.parametrize(
    "back", ["https://elsewhere.example/", "//elsewhere.example/", "javascript:alert(1)", ""]
)
def test_choosing_leads_to_no_other_site(client, back):
    assert choose(client, "cy", back).headers["Location"] == "/"


def test_a_language_is_not_chosen_by_following_a_link(client):
    assert client.get(reverse("language_set"), {"language": "cy"}).status_code == 405


def test_a_welsh_authority_has_its_welsh_name_in_welsh_alone():
    cardiff, kent = Authority(name="Cardiff", name_cy="Caerdydd"), Authority(name="Kent")
    assert (str(cardiff), str(kent)) == ("Cardiff", "Kent")
    with translation.override("cy"):
        assert (str(cardiff), str(kent)) == ("Caerdydd", "Kent")


def test_a_refusal_is_said_in_the_language_of_whoever_reads_it():
    refusal = IllegalMove("This case is closed: nothing more can be recorded in it.")
    assert str(refusal) == "This case is closed: nothing more can be recorded in it."
    with translation.override("cy"):
        assert str(refusal) == "Mae’r achos hwn wedi’i gau: ni ellir cofnodi dim byd arall ynddo."


def test_a_name_in_a_refusal_keeps_its_own_direction():
    refusal = IllegalMove("%(person)s has taken this task.", person="يوسف")
    assert str(refusal) == "\u2068يوسف\u2069 has taken this task."
    assert moves.isolated("Yusuf") == "Yusuf"


def test_a_mistyped_reference_is_a_refusal_for_the_reader_too():
    with pytest.raises(references.Mistyped, match="A reference looks like"):
        references.parse("Yusuf")


def test_a_refusal_without_facts_may_hold_a_per_cent_sign():
    assert str(IllegalMove("Half of it is 50% of it.")) == "Half of it is 50% of it."


# --- The catalogue


def test_every_word_of_the_product_stands_in_the_catalogue():
    """After new words: ./run manage words."""
    words = catalog.found(ROOT)
    for file in catalog.files(ROOT):
        gone = catalog.absent(words, file)
        assert not gone, f"{len(gone)} words are not in {file}: run ./run manage words. {gone[:3]}"


def test_code_that_says_nothing_to_a_reader_is_not_read_through():
    assert list(catalog.of_code("no Python at all", "x.py")) == []


def test_the_words_of_code_are_found_with_plurals_contexts_choices_and_refusals():
    code = """
_("One")
ngettext("%(count)d child", "%(count)d children", 2)
pgettext("verb", "Record")
raise IllegalMove("Enter it." if empty else "Shorten it.")
other("Nothing")
"""
    found = [(one.singular, one.plural, one.context) for one in catalog.of_code(code, "x.py")]
    assert found == [
        ("One", "", ""),
        ("%(count)d child", "%(count)d children", ""),
        ("Record", "", "verb"),
        ("Enter it.", "", ""),
        ("Shorten it.", "", ""),
    ]


def test_the_words_of_templates_are_spelt_as_django_looks_them_up():
    page = (
        '{% translate "50% of it" %}{% include "x.html" with text=_("Close") %}{{ _("Open")|upper }}'
        "{% blocktranslate count n=n trimmed %}\n {{ n }} 5%\n child{% plural %}{{ n }} children{% endblocktranslate %}"
        '{% translate "Record" context "verb" as word %}'
    )
    found = [(one.singular, one.plural, one.context) for one in catalog.of_template(page, "x.html")]
    assert found == [
        ("50%% of it", "", ""),
        ("Close", "", ""),
        ("Open", "", ""),
        ("%(n)s 5%% child", "%(n)s children", ""),
        ("Record", "", "verb"),
    ]


@pytest.mark.by_turns
@pytest.mark.parametrize("file", catalog.files(ROOT), ids=lambda file: file.parts[-3])
def test_a_translation_names_the_same_facts_as_its_words(file):
    for entry in catalog.read(file):
        for text in [entry.msgstr, *entry.msgstr_plural.values()]:
            if text:
                wanted = set(catalog.PLACEHOLDER.findall(entry.msgid + entry.msgid_plural))
                assert set(catalog.PLACEHOLDER.findall(text)) <= wanted, entry.msgid
                if not entry.msgid_plural:
                    assert set(catalog.PLACEHOLDER.findall(text)) == wanted, entry.msgid


def test_an_update_keeps_what_is_translated_and_drops_what_is_gone(tmp_path):
    (tmp_path / "cases").mkdir()
    (tmp_path / "cases" / "x.py").write_text('_("Kept")\n_("New %(day)s")\nngettext("one", "many", n)\n')
    file = tmp_path / "django.po"
    file.write_text(
        'msgid ""\nmsgstr "Plural-Forms: nplurals=4; plural=0;\\n"\n\n'
        'msgid "Kept"\nmsgstr "Cadw"\n\nmsgid "Gone"\nmsgstr "Wedi mynd"\n'
    )
    assert catalog.update(tmp_path, file) == (3, 1)
    entries = {one.msgid: one for one in catalog.read(file)}
    assert list(entries) == ["Kept", "New %(day)s", "one"]
    assert entries["Kept"].msgstr == "Cadw"
    assert entries["New %(day)s"].flags == ["python-format"]
    assert len(entries["one"].msgstr_plural) == 4


def test_what_english_says_is_looked_up_once_and_welsh_as_ever() -> None:
    """The memo says what the catalogue says, of every sentence there is and of none, and is not without bounds."""
    english = translation.trans_real.translation("en-gb")
    asked = english.gettext
    assert asked.cache_info().maxsize == catalogue.KEPT
    words = ["Second step", "Enter the date", "color", "", "%(name)s is missing", "no sentence of ours"]
    for word in words:
        assert asked(word) == asked.__wrapped__(word) == asked(word)
    before = asked.cache_info().misses
    assert translation.gettext("Second step") == "Second step"
    assert asked.cache_info().misses == before
    with translation.override("cy"):
        assert translation.gettext("Sign in") == "Mewngofnodi"
