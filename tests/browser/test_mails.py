"""The HTML part of every mail, as a mail program on a phone or a desk draws it, and as it is printed."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from types import MappingProxyType
from uuid import UUID

import pytest
from django.test.utils import override_settings
from playwright.sync_api import Page

from alerts import emails
from alerts.emails.area_list import AreaList, Part
from alerts.emails.together import Digest, Section
from alerts.models import Message
from tests import factories, kinds
from tests.alerts import letters
from tests.alerts.letters import EVENING
from tests.browser import printing
from tests.browsers import bring_axe, scrolls_by
from tests.counts import FULL, counts, one_in
from tests.database import Clone

NOW = EVENING + timedelta(minutes=40)
DAY = timedelta(days=1)
LATE = {"owed_at": NOW - timedelta(minutes=42)}
LONG = "Collected by an adult whom nobody knows, and a grey van waited outside twice this week. "
WORD = "Kirkbyunderhallamwithoutanyspaceatallforalongwhileandmore"


@pytest.fixture(scope="module")
def mails(kept: Clone) -> Mapping[str, str]:
    """The HTML part of one mail of each wording, with all that may stand in it and 42 minutes late; lists last."""
    with override_settings(DUTY_LINE="0300 000 0000", PUBLIC_URL="https://rollcall.example"):
        story = letters.a_story(given_name="Yonas", family_name=WORD)
        factories.an_agreement(story.watched.force, story.watched.authority)
        factories.photographed(story.child, at=EVENING - 12 * DAY)
        said = {"wearing": "black puffer jacket, " * 9, "why_worried": LONG * 5 + WORD, "our_grade": "high"}
        said |= {"police_told_by": "101", "police_told_at": EVENING, "steps": ["searched", "friends"]}
        episode = factories.missing(
            story.child, at=EVENING + timedelta(minutes=30), vehicle="Grey van", **said
        )
        box = {"mailbox": story.watched.control_room, "force": story.watched.force, "post": "force"}
        owed = {wording: (wording, {}) for wording in emails.WORDINGS} | {ENDS: ("ending", box)}
        found = {}
        for number, (name, (wording, fields)) in enumerate(owed.items(), start=1):
            given = {"at": NOW, "number": number, "recipient": name, **fields, **LATE}
            message = letters.of_wording(wording, story, episode, **given)
            found[name] = emails.compose(message, now=NOW).html
        return MappingProxyType(found | _lists(story.watched))


def _lists(watched: factories.Watched) -> dict[str, str]:
    """What names children by the dozen: several in one mail, the list of a morning, and the week's of an area."""
    many = [f"MC26-{number:06d}" for number in range(100_000, 100_240)]
    sections = [Section(f"{word} today", many[:60], 60) for word in ("Seen", "Rung", "Asked", "Reviewed") * 8]
    message = Message.objects.create(
        pk=UUID(int=900, version=4),
        **dict.fromkeys(("wording", "step", "post"), "digest"),
        kind="alert",
        channel="mail",
        recipient=f"mail/user:{watched.worker.pk}",
        user=watched.worker,
        digest_date=NOW.date(),
        **LATE,
        created_at=NOW,
        joins_from=NOW,
        next_try_at=NOW,
    )
    told = Message.objects.filter(wording__in=("told_no_record", "told_second_eyes", "episode_update"))
    parts = [Part(f"{name} City Council", "01632 960011", many, many[:90], many[:30]) for name in ("A", "B")]
    area = AreaList("Marram", NOW - 7 * DAY, parts, has_account=True)
    return {
        "bundle": emails.compose_together(list(told), None, now=NOW).html,
        "digest": emails.compose_together([message], Digest(NOW.date(), sections), now=NOW).html,
        "area_list": emails.compose_area_list(message, area, now=NOW).html,
    }


# Of the same words as that to staff, with the subject and the thread of the force.
ENDS = "ending, to the force"
# What names so many children that it may take several sides.
LISTS = {"digest", "area_list"}
# The LADO has no account: a reference and a phone is all that there is to tell.
# A mail about an account, or that a mailbox is of the LADO, leads nowhere: who meddled with it sends such links too.
WITHOUT_LINK = {
    ENDS,
    "lado_worry",
    "lado_mailbox",
    "administrator_role",
    "mailbox_unproved",
    "mailbox_removed",
    "force_phone_changed",
    "home_phone_changed",
    "mailbox_entered",
    "service_corrected",
    "role_shared",
    "role_answered",
    "numbers_uncalled",
    "area_unlisted",
    "guardians_lacking",
    "authority_split",
    "account_changed",
    "mail_check",
    "escort_off",
}


# What the colours are does not hang on the width.
PAIRS = [("light", 360), ("dark", 1280), ("light", 1280), ("dark", 360)]
# Of a mail: its headings, links and pictures, what of its style is not for paper, the size of its words, how high its links are.
_SHOWN = """() => {
    const count = (words) => document.querySelectorAll(words).length;
    const rules = [...document.styleSheets].flatMap((one) => [...one.cssRules].map((rule) => rule.cssText));
    return {
        headings: count("h1"),
        pictures: count("img, script, link"),
        styled: rules.filter((rule) => !rule.startsWith("@page") && !rule.startsWith("@media print")),
        size: getComputedStyle(document.body).fontSize,
        links: [...document.querySelectorAll("a")].map((one) => one.getBoundingClientRect().height),
    };
}"""
# The addresses of links that stand in no paragraph which is seen.
_UNWRITTEN = """() => {
    const seen = [...document.querySelectorAll("p")].filter((one) => one.checkVisibility());
    return [...document.querySelectorAll("a")].map((one) => one.getAttribute("href"))
        .filter((href) => !href || !seen.some((one) => one.textContent.includes(href)));
}"""


@pytest.mark.by_turns(8)
@pytest.mark.parametrize(("scheme", "wide"), counts(PAIRS[:2], PAIRS))
def test_every_mail_can_be_read_by_everybody(
    mails: Mapping[str, str],
    scheme: str,
    wide: int,
    open_page: Callable[..., Page],
    axe: Callable[[Page], None],
) -> None:
    """At small counts each in one of two ways, in turn; what axe finds in a mail as a whole is asked of a third."""
    page = open_page(width=wide, scripts=True, color_scheme=scheme)
    for wording, mail in mails.items():
        if not FULL and PAIRS[one_in(wording, 2)] != (scheme, wide):
            continue
        page.set_content(mail)
        if FULL or one_in(wording, 3) == 0:
            axe(page)
        else:
            bring_axe(page)
            assert not (faults := kinds.ask(page, options=None)), f"{wording}: {faults}"
            assert scrolls_by(page) <= 0, wording
        shown = page.evaluate(_SHOWN)
        assert shown["headings"] == 1, wording
        assert len(shown["links"]) == (wording not in WITHOUT_LINK), wording
        assert shown["pictures"] == 0, wording
        # A screen shows what stands at each element; the one sheet is for paper.
        assert shown["styled"] == [], wording
        assert shown["size"] == "16px", wording
        assert all(high >= 44 for high in shown["links"]), wording


@pytest.mark.by_turns(8)
def test_every_mail_prints_whole_in_black_on_white_with_its_address_written_out(
    mails: Mapping[str, str], open_page: Callable[..., Page]
) -> None:
    """One side of A4 but for the long lists; from a dark screen too.

    At small counts a third are laid out so, in turn, and a third of those are printed; of the others it is asked how high
    they are.
    """
    page = open_page(color_scheme="dark")
    printing.on_paper(page, margin=printing.MAILS)
    for name, mail in mails.items():
        if not (FULL or name in LISTS or one_in(name, 3) == 0):
            continue
        page.set_content(mail)
        assert not printing.faults(page), name
        sides = printing.sides_of_height(page, margin=printing.MAILS)
        assert name in LISTS or sides == 1, f"{name}: {sides} sides"
        if FULL or name in LISTS or one_in(name, 9) == 0:
            printed = printing.sides(page)
            assert printed == sides, f"{name}: {printed} sides"
        assert page.evaluate(_UNWRITTEN) == [], name
