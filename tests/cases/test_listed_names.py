"""Languages and nationalities are offered from a list, by name; what is on none stays as it was written."""

import html
from collections import Counter

import pytest
from django import forms
from django.test import Client
from django.utils.datastructures import MultiValueDict

from cases import listed_names
from cases.forms.drafts import put_in
from cases.forms.listed_names import LanguagesField, ListedNameField
from cases.listed_names import Kind
from cases.models import Child, DetailsChange, Draft
from tests.factories import Watched, a_watched_child


class Asked(forms.Form):
    nationality = ListedNameField(Kind.NATIONALITY, required=False)
    languages = LanguagesField(error_messages={"required": "Enter the languages"})


def cleaned(**typed: str) -> dict[str, object]:
    form = Asked(typed)
    assert form.is_valid(), form.errors
    return form.cleaned_data


@pytest.mark.parametrize("kind", Kind)
def test_each_code_and_each_word_stands_for_one_entry(kind: Kind) -> None:
    entries = listed_names.of(kind)
    words = Counter(word.casefold() for one in entries for word in {one.name, *one.also})
    assert [word for word, times in words.items() if times > 1] == []
    assert len({one.code for one in entries}) == len(entries) >= 190
    names = [one.name for one in entries]
    assert all(0 < len(name) <= 60 and "," not in name and ";" not in name for name in names)


def test_the_languages_of_most_children_are_on_the_list_by_their_codes() -> None:
    spoken = {"ti": "Tigrinya", "am": "Amharic", "ar": "Arabic", "ckb": "Sorani", "ps": "Pashto"}
    spoken |= {"prs": "Dari", "vi": "Vietnamese", "sq": "Albanian", "so": "Somali", "fa": "farsi"}
    for code, word in spoken.items():
        found = listed_names.find(Kind.LANGUAGE, word)
        assert found is not None, word
        assert found.code == code
    assert listed_names.find(Kind.NATIONALITY, "Eritrean") == listed_names.find(Kind.NATIONALITY, "Eritrea")


def test_what_is_typed_becomes_the_name_on_the_list_or_stays() -> None:
    assert cleaned(languages_best="kurdish sorani", languages_second="Dialect of Ellwick")["languages"] == [
        "Kurdish (Sorani)",
        "Dialect of Ellwick",
    ]
    # As one box, from a page or a draft of before.
    assert cleaned(languages="Arabic، tigrinya; Arabic")["languages"] == ["Arabic", "Tigrinya"]
    assert cleaned(languages_best="Not known", nationality="not known") == {
        "languages": [],
        "nationality": "",
    }
    assert cleaned(languages_best="?", nationality="syrian")["nationality"] == "Syria"
    assert (
        cleaned(languages_best="?", nationality="Kurdish, from Kobani")["nationality"]
        == "Kurdish, from Kobani"
    )
    assert Asked({"nationality": "x" * 61, "languages_best": "x" * 61}).errors.keys() == {
        "nationality",
        "languages",
    }
    assert Asked({}).errors["languages"] == ["Enter the languages"]


@pytest.mark.parametrize(("kind", "word"), [(Kind.NATIONALITY, "Congolese"), (Kind.LANGUAGE, "Chinese")])
def test_a_word_of_two_entries_stays_as_it_was_written(kind: Kind, word: str) -> None:
    assert listed_names.find(kind, word) is None
    assert listed_names.named(kind, word) == word


@pytest.mark.by_turns
def test_nothing_that_was_typed_is_lost_in_a_draft_or_a_refusal() -> None:
    typed = {"languages_best": "Saho", "languages_second": "Blin", "languages_more": "Arabic, Ellwickish"}
    form = Asked()
    put_in(form, Draft(data={name: [words] for name, words in typed.items()}))
    refused = Asked(
        MultiValueDict({name: [words] for name, words in (typed | {"nationality": "x" * 61}).items()})
    )
    assert not refused.is_valid()
    for page in (str(form), str(refused)):
        for words in typed.values():
            assert f'value="{words}"' in page


@pytest.mark.by_turns
@pytest.mark.django_db
def test_free_words_of_before_stay_readable_and_survive_a_correction(client: Client) -> None:
    w: Watched = a_watched_child(
        nationality="Kurdish, stateless", languages=["Kurmanci", "Arabic", "Ellwickish"]
    )
    client.force_login(w.worker)
    address = f"/children/{w.child.reference}/details/languages/"
    page = html.unescape(client.get(address).content.decode())
    for words in ("Kurdish, stateless", "Kurmanci", "Ellwickish"):
        assert f'value="{words}"' in page
    assert '<option value="Tigrinya">' in page
    sent = {"version": "0", "nationality": "Kurdish, stateless", "interpreter_needed": "yes"}
    sent |= {"languages_best": "Kurmanci", "languages_second": "Arabic", "languages_more": "Ellwickish"}
    assert client.post(address, sent).status_code == 302
    child = Child.objects.get(pk=w.child.pk)
    assert (child.nationality, child.languages) == (
        "Kurdish, stateless",
        ["Kurmanci", "Arabic", "Ellwickish"],
    )
    kept = DetailsChange.objects.get(child=child, topic="languages")
    assert list(kept.after) == ["interpreter_needed"], "what was not touched is no correction"


@pytest.mark.by_turns
@pytest.mark.django_db
def test_what_the_list_calls_otherwise_is_corrected_only_by_whoever_retypes_it(client: Client) -> None:
    w: Watched = a_watched_child(nationality="Syrian", languages=["Kurdish Sorani", "Arabic"])
    client.force_login(w.worker)
    address = f"/children/{w.child.reference}/details/languages/"
    sent = {"version": "0", "nationality": "Syrian", "interpreter_needed": "yes"}
    sent |= {"languages_best": "Kurdish Sorani", "languages_second": "Arabic", "languages_more": ""}
    assert client.post(address, sent).status_code == 302
    kept = DetailsChange.objects.get(child=w.child, topic="languages")
    assert list(kept.after) == ["interpreter_needed"]
    child = Child.objects.get(pk=w.child.pk)
    assert (child.nationality, child.languages) == ("Syrian", ["Kurdish Sorani", "Arabic"])
