"""Every form of the product that is sent on a locked session runs nothing and comes back with what was typed in it."""

from collections.abc import Iterator
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin

import pytest
from django.test import Client

from cases.kept_forms import is_secret
from cases.models import AccessRecord, ConfigurationChange, Event, KeptForm
from tests.browser.screens import SCREENS, Screen
from tests.browser.town import Town, a_town, at_this_hour
from tests.browsers import let_idle
from tests.counts import a_third

FORMS = [one for one in SCREENS if one.error and one.who and one.state == "full"]
# These ask for the password, or for nothing that is typed: none of it is kept.
OF_SIGNING_IN = {"session_unlock", "password_change", "password_again"}
OF_SIGNING_IN |= {"factor_app_new", "passkey_new", "passkey_change"}
FREE = {"text", "tel", "email", "search", "number", "url"}


class Forms(HTMLParser):
    """The forms of a page: where each sends to, its hidden answers, and what is typed freely in it."""

    def __init__(self, page: str, *, at: str) -> None:
        super().__init__()
        self.at = at
        self.found: list[tuple[str, dict[str, str], dict[str, str]]] = []
        self.inside = False
        self.area = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = {key: value or "" for key, value in attrs}
        if tag == "form":
            self.inside = has.get("method", "").lower() == "post"
            if self.inside:
                self.found.append((urljoin(self.at, has.get("action") or self.at), {}, {}))
        elif self.inside and has.get("name"):
            _, hidden, typed = self.found[-1]
            if tag == "input" and has.get("type") == "hidden":
                hidden[has["name"]] = has.get("value", "")
            elif tag == "input" and has.get("type", "text") in FREE:
                typed[has["name"]] = has.get("value", "")
            elif tag == "textarea":
                typed[has["name"]] = ""
                self.area = has["name"]

    def handle_endtag(self, tag: str) -> None:
        self.inside = self.inside and tag != "form"
        self.area = "" if tag == "textarea" else self.area

    def handle_data(self, data: str) -> None:
        if self.area:
            self.found[-1][2][self.area] += data


@pytest.fixture(scope="module")
def town(keep: Any, lend: Any) -> Iterator[Town]:
    name, made = keep(a_town)
    with lend(name), at_this_hour():
        # One stands on the page of whoever was locked; each test asks for its own alone.
        KeptForm.objects.all().delete()
        yield made


def test_the_list_of_forms_is_a_long_one() -> None:
    assert len(FORMS) > 50


@pytest.fixture(scope="module")
def clients(town: Town) -> dict[str, Client]:
    """Whoever has signed in so far."""
    return {}


def signed_in(clients: dict[str, Client], town: Town, who: str) -> Client:
    if who not in clients:
        clients[who] = Client()
        clients[who].force_login(town.people[who])
    return clients[who]


TURNED_AWAY = [one for one in FORMS if one.name not in OF_SIGNING_IN]
# At small counts the gallery asks of every page whether what is typed in it would come back.
WHOLE = [*a_third(TURNED_AWAY, "every form")]


@pytest.mark.by_turns
@pytest.mark.parametrize("screen", WHOLE, ids=str)
def test_a_form_of_a_locked_session_runs_nothing_and_comes_back_filled_in(
    town: Town, clients: dict[str, Client], screen: Screen
) -> None:
    client = signed_in(clients, town, screen.who)
    path = town.path(screen.name, which=screen.which, query=screen.query)
    forms = Forms(client.get(path).content.decode(), at=path).found
    own = [one for one in forms if one[2]] or [one for one in forms if one[0] == path]
    assert own, "a page that takes what is typed has a form"
    action, hidden, free = own[0]
    # A code of a second person is a secret, and comes back to nobody.
    kept = [name for name in free if name != "csrfmiddlewaretoken" and not is_secret(name)]
    typed = {name: f"typed {number}" for number, name in enumerate(kept)}
    _is_turned_away(client, action, hidden | typed, path)
    if typed:
        again = Forms(client.get(path).content.decode(), at=path).found
        filled = [{name: text.strip() for name, text in one[2].items()} for one in again if one[0] == action]
        assert any(typed.items() <= one.items() for one in filled)
    KeptForm.objects.all().delete()


@pytest.mark.by_turns(8)
@pytest.mark.parametrize(
    "screen", [one for one in TURNED_AWAY if one not in WHOLE] or TURNED_AWAY[:1], ids=str
)
def test_what_is_sent_on_a_locked_session_runs_nothing_and_is_kept(
    town: Town, clients: dict[str, Client], screen: Screen
) -> None:
    path = town.path(screen.name, which=screen.which, query=screen.query)
    _is_turned_away(signed_in(clients, town, screen.who), path, {"note": "typed"}, path)
    assert KeptForm.objects.get().data["note"] == ["typed"]
    KeptForm.objects.all().delete()


def _is_turned_away(client: Client, action: str, data: dict[str, str], path: str) -> None:
    before = _records()
    let_idle(client.session, timedelta(hours=1))
    answer = client.post(action, data, headers={"Referer": f"http://testserver{path}"})
    assert answer.headers["Location"].startswith("/sign-in/again/")
    assert _records() == before, "nothing of it was run"
    let_idle(client.session, timedelta(hours=-1))


def _records() -> tuple[int, ...]:
    changed = AccessRecord.objects.exclude(allowed=True)
    return (Event.objects.count(), ConfigurationChange.objects.count(), changed.count())
