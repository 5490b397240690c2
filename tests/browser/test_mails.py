"""The HTML part of every mail, as a mail program on a phone or a desk draws it."""

from datetime import timedelta

import pytest

from alerts import emails
from tests import factories
from tests.alerts import letters
from tests.alerts.letters import EVENING
from tests.counts import counts

NOW = EVENING + timedelta(minutes=40)


@pytest.fixture
def mails(committed, settings) -> dict[str, str]:
    """The HTML part of one mail of each wording, 42 minutes late."""
    settings.DUTY_LINE, settings.PUBLIC_URL = "0300 000 0000", "https://rollcall.example"
    story = letters.a_story()
    factories.an_agreement(story.watched.force, story.watched.authority)
    episode = factories.missing(story.child, at=EVENING + timedelta(minutes=30), wearing="black jacket " * 9)
    late = {"owed_at": NOW - timedelta(minutes=42)}
    return {
        wording: emails.compose(
            letters.of_wording(wording, story, episode, at=NOW, number=number, recipient=wording, **late),
            now=NOW,
        ).html
        for number, wording in enumerate(emails.WORDINGS, start=1)
    }


# The LADO has no account: a reference and a phone is all that there is to tell.
# A mail about an account, or that a mailbox is of the LADO, leads nowhere: who meddled with it sends such links too.
WITHOUT_LINK = {
    "lado_worry",
    "lado_mailbox",
    "administrator_role",
    "mailbox_unproved",
    "mailbox_removed",
    "numbers_uncalled",
    "area_unlisted",
    "guardians_lacking",
    "authority_split",
    "account_changed",
    "escort_off",
}


RULES = "[...document.styleSheets].flatMap(one => [...one.cssRules].map(rule => rule.cssText))"


# What the colours are does not hang on the width.
PAIRS = [("light", 360), ("dark", 1280), ("light", 1280), ("dark", 360)]


@pytest.mark.parametrize(("scheme", "wide"), counts(PAIRS[:2], PAIRS))
def test_every_mail_can_be_read_by_everybody(mails, scheme, wide, open_page, axe):
    page = open_page(width=wide, scripts=True, color_scheme=scheme)
    for wording, mail in mails.items():
        page.set_content(mail)
        axe(page)
        assert page.locator("h1").count() == 1
        assert page.locator("a").count() == (wording not in WITHOUT_LINK)
        assert page.locator("img, script, link").count() == 0
        # A screen shows what stands at each element; the one sheet is for paper.
        assert all(part.startswith(("@page", "@media print")) for part in page.evaluate(RULES))
        assert page.evaluate("getComputedStyle(document.body).fontSize") == "16px"
        assert all(link.bounding_box()["height"] >= 44 for link in page.locator("a").all())
