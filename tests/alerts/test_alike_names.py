"""Two children of one given name on one page: whoever only hears the page knows of whom each button speaks."""

from datetime import timedelta
from html.parser import HTMLParser
from typing import Any

import pytest
from django.test import Client

from alerts import sweep
from cases import alike_names
from cases.models import Child
from tests.factories import Watched, a_child, a_watched_child, guarded, missing, placed

pytestmark = pytest.mark.django_db


class Controls(HTMLParser):
    """What a screen reader says of each button and link of a page's main part, and where each leads."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[tuple[str, str]] = []
        self._in_main = False
        self._form = ""
        self._open: list[str] | None = None
        self._to = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "main":
            self._in_main = True
        elif tag == "form":
            self._form = found.get("action") or ""
        elif tag in ("a", "button") and self._in_main:
            self._open = []
            self._to = found.get("href") or f"{self._form}:{found.get('value')}"

    def handle_endtag(self, tag: str) -> None:
        if tag in ("a", "button") and self._open is not None:
            self.said.append((" ".join("".join(self._open).split()), self._to))
            self._open = None

    def handle_data(self, data: str) -> None:
        if self._open is not None:
            self._open.append(data)


def controls_of(client: Client, address: str) -> list[tuple[str, str]]:
    page = Controls()
    page.feed(client.get(address).content.decode())
    return page.said


def said_twice(controls: list[tuple[str, str]]) -> dict[str, set[str]]:
    """The names under which more than one thing is reached; capitals and accents are not heard."""
    where: dict[str, set[str]] = {}
    for name, to in controls:
        where.setdefault(alike_names._heard(name), set()).add(to)
    return {name: to for name, to in where.items() if len(to) > 1}


@pytest.fixture
def watched(now: Any) -> Watched:
    return a_watched_child(at=now - timedelta(days=40), given_name="Ilir", family_name="Hoxha")


def joined(watched: Watched, now: Any, **names: str) -> Child:
    """One more child of the same worker, home and guardian."""
    child = a_child(
        watched.authority, team=watched.team, worker=watched.worker, at=now - timedelta(days=40), **names
    )
    placed(child, watched.home)
    guarded(child, watched.guardian)
    return child


@pytest.mark.by_turns
def test_the_roll_call_tells_two_of_one_given_name_apart(client: Client, watched: Watched, now: Any) -> None:
    joined(watched, now, given_name="ilír ", family_name="Krasniqi")
    alone = joined(watched, now, given_name="Yonas", family_name="Hoxha")
    client.force_login(watched.carer)
    controls = controls_of(client, f"/homes/{watched.home.pk}/roll-call/")
    names = [name for name, _ in controls]
    assert said_twice(controls) == {}
    assert {"I saw Ilir Hoxha", "I saw ilír Krasniqi", "Not here Ilir Hoxha"} <= set(names)
    assert "I saw Yonas" in names, "whose name nobody else has is called by it"
    assert alone.family_name not in [name.split()[-1] for name in names if "Yonas" in name]


@pytest.mark.by_turns
def test_where_the_family_name_is_the_same_too_the_reference_tells_them_apart(
    client: Client, watched: Watched, now: Any
) -> None:
    other = joined(watched, now, given_name="Ilir", family_name="HOXHA")
    third = joined(watched, now, given_name="Ilir", family_name="Krasniqi")
    client.force_login(watched.carer)
    controls = controls_of(client, f"/homes/{watched.home.pk}/roll-call/")
    assert said_twice(controls) == {}
    names = [name for name, _ in controls]
    for child, called in (
        (watched.child, watched.child.reference),
        (other, other.reference),
        (third, "Krasniqi"),
    ):
        assert f"I saw {child.given_name} {called}" in names
        assert f"Not here {child.given_name} {called}" in names


@pytest.mark.by_turns(8)
def test_the_answer_to_a_press_still_tells_them_apart(client: Client, watched: Watched, now: Any) -> None:
    joined(watched, now, given_name="Ilir", family_name="Krasniqi")
    client.force_login(watched.carer)
    answer = client.post(
        f"/homes/{watched.home.pk}/roll-call/{watched.child.reference}/",
        {"outcome": "saw", "once": "0c8f0d44-6f0b-4a43-8a6c-0a3f9d1c5b11"},
        headers={"HX-Request": "true"},
    )
    page = Controls()
    page.feed(f"<main>{answer.content.decode()}</main>")
    assert "Undo Ilir Hoxha" in [name for name, _ in page.said]


@pytest.mark.by_turns
def test_a_given_name_that_sounds_as_anothers_whole_name_is_told_apart_too(
    watched: Watched, now: Any
) -> None:
    second = joined(watched, now, given_name="Ilir", family_name="Krasniqi")
    whole = joined(watched, now, given_name="Ilir Hoxha", family_name="")
    alike = alike_names.of([watched.child, second, whole])
    names = [alike.name_of(child) for child in (watched.child, second, whole)]
    assert len({alike_names._heard(name) for name in names}) == 3
    assert names[1] == "Ilir Krasniqi"


@pytest.mark.by_turns
@pytest.mark.parametrize("family_name", ["Krasniqi", "Hoxha", ""])
def test_the_guardians_page_tells_them_apart(
    client: Client, watched: Watched, now: Any, family_name: str
) -> None:
    joined(watched, now, given_name="Ilir", family_name=family_name)
    client.force_login(watched.guardian)
    controls = controls_of(client, "/looking-out/")
    assert said_twice(controls) == {}
    assert any(name.startswith("Saw face to face Ilir ") for name, _ in controls)


@pytest.mark.by_turns
@pytest.mark.parametrize("family_name", ["Krasniqi", "Hoxha", ""])
def test_the_workers_day_tells_them_apart(
    client: Client, watched: Watched, now: Any, family_name: str
) -> None:
    joined(watched, now, given_name="Ilir", family_name=family_name)
    client.force_login(watched.worker)
    for child in Child.objects.all():
        client.get(f"/children/{child.reference}/")
    controls = controls_of(client, "/")
    assert len([name for name, _ in controls if "Ilir" in name]) > 3
    assert said_twice(controls) == {}
    assert said_twice(controls_of(client, "/calendar/")) == {}


@pytest.mark.by_turns
def test_the_duty_desk_tells_them_apart_by_their_references(
    client: Client, watched: Watched, now: Any
) -> None:
    other = joined(watched, now, given_name="Ilir", family_name="Hoxha")
    for child in (watched.child, other):
        missing(child, at=now - timedelta(hours=2))
    sweep.sweep_all(now=now)
    client.force_login(watched.desk.person)
    controls = controls_of(client, "/duty/")
    assert said_twice(controls) == {}
    assert len([name for name, _ in controls if name.startswith("Ilir ")]) == 2
