"""Every wording there is: where its link leads, and how urgently it is to be read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.conf import settings
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cases.models import Child, LinkRequest, Matter, MissingEpisode


class Link(StrEnum):
    """Where a wording's one link leads; every page but the police's asks for a sign-in."""

    POLICE = "police"
    EPISODE = "episode"
    DESK = "desk"
    HOME = "home"
    CHILD = "child"
    # Of one child its page, of several the list of them.
    CHILDREN = "children"
    LIST = "list"
    TRANSFERS = "transfers"
    # What the councils in a force's area let its officers read.
    AREA = "area"
    # What was released to a force of return interviews.
    RELEASED = "released"
    MATTER = "matter"
    FOUND = "found"
    # What another council asks, the child for whom it was asked, and the one whom it was linked with.
    LINK_ASKED = "link_asked"
    LINK_ASKER = "link_asker"
    LINK_MADE = "link_made"
    # Whether a child has left that arrived elsewhere.
    ARRIVAL = "arrival"
    SIGN_IN = "sign_in"
    ESCORT = "escort"
    # For a reader who has no account here.
    NONE = "none"


# Those of which the page is found by the matter.
OF_MATTER = (Link.MATTER, Link.FOUND, Link.ARRIVAL, Link.LINK_ASKED, Link.LINK_ASKER, Link.LINK_MADE)
LABELS: Mapping[Link, Promise | str] = {
    Link.POLICE: _("Open the alert"),
    Link.EPISODE: _("Open the episode"),
    Link.DESK: _("Open the duty desk"),
    Link.HOME: _("Open the roll-call"),
    Link.CHILD: _("Open the child’s page"),
    Link.CHILDREN: _("Open the list of these children"),
    Link.LIST: _("Open your list"),
    Link.TRANSFERS: _("Open the transfers"),
    Link.AREA: _("Sign in for what the councils of your area look out for"),
    Link.RELEASED: _("Sign in to read what was released"),
    Link.MATTER: _("Open the matter"),
    Link.FOUND: _("Open the found child"),
    Link.LINK_ASKED: _("Open what is asked"),
    Link.LINK_ASKER: _("Open the people around the child"),
    Link.LINK_MADE: _("Open the people around the child"),
    Link.ARRIVAL: _("Say where the child is"),
    Link.SIGN_IN: _("Sign in"),
    Link.ESCORT: _("Your page, at each stop"),
    Link.NONE: "",
}
# What one page of the list of children holds, and an address can name.
LISTED_AT_MOST = 50
# The pages that are about no one child.
FIRST_PAGES: Mapping[Link, str] = {
    Link.DESK: "duty_desk",
    Link.TRANSFERS: "transfer_list",
    Link.AREA: "area_signs",
    Link.RELEASED: "police_released",
}


@dataclass(frozen=True)
class Wording:
    """`urgent` asks its reader to act and is marked important; how soon it goes is its tier.

    `for_police` goes to a force's mailbox and nowhere else; its link opens without an account where it is `POLICE`.
    """

    link: Link
    urgent: bool = True
    for_police: bool = False


WORDINGS: Mapping[str, Wording] = {
    "home_no_record": Wording(Link.HOME),
    "duty_no_record": Wording(Link.DESK),
    "told_no_record": Wording(Link.LIST, urgent=False),
    "manager_no_record": Wording(Link.DESK),
    "manager_late_windows": Wording(Link.CHILDREN, urgent=False),
    "duty_ring_police": Wording(Link.EPISODE),
    "head_no_record": Wording(Link.EPISODE),
    "director_no_record": Wording(Link.EPISODE),
    "duty_not_here": Wording(Link.EPISODE),
    "duty_journey": Wording(Link.DESK),
    "duty_journey_police": Wording(Link.EPISODE),
    "told_journey": Wording(Link.LIST, urgent=False),
    "duty_second_eyes": Wording(Link.CHILDREN),
    "told_second_eyes": Wording(Link.CHILDREN, urgent=False),
    "duty_approach": Wording(Link.CHILDREN),
    "told_approach": Wording(Link.CHILDREN, urgent=False),
    "police_approach": Wording(Link.AREA, for_police=True),
    "police_came": Wording(Link.POLICE, for_police=True),
    "duty_concern": Wording(Link.CHILD),
    "told_concern": Wording(Link.CHILD, urgent=False),
    # Urgent while the force looks for one of the children.
    "police_released": Wording(Link.RELEASED, urgent=False, for_police=True),
    "released_unread": Wording(Link.EPISODE, urgent=False),
    "police_heard": Wording(Link.POLICE, for_police=True),
    "duty_heard": Wording(Link.CHILD),
    "told_heard": Wording(Link.CHILD, urgent=False),
    "duty_mate_found": Wording(Link.CHILD),
    "told_mate_found": Wording(Link.CHILD, urgent=False),
    "home_head_count": Wording(Link.HOME),
    "duty_head_count": Wording(Link.DESK),
    "told_head_count": Wording(Link.LIST, urgent=False),
    "duty_glass": Wording(Link.CHILD),
    "duty_no_guardian": Wording(Link.CHILDREN),
    "told_no_guardian": Wording(Link.CHILDREN, urgent=False),
    "referral_waits": Wording(Link.SIGN_IN),
    "duty_no_worker": Wording(Link.CHILDREN),
    "paper_due": Wording(Link.CHILDREN),
    "guardian_check": Wording(Link.CHILDREN),
    "action_reminder": Wording(Link.SIGN_IN),
    "protection_ends": Wording(Link.CHILDREN),
    "transfer_offered": Wording(Link.TRANSFERS),
    "transfer_late": Wording(Link.TRANSFERS),
    "transfer_arrival": Wording(Link.TRANSFERS),
    "transfer_declined": Wording(Link.TRANSFERS),
    "transfer_missing": Wording(Link.TRANSFERS),
    "transfer_told": Wording(Link.TRANSFERS, urgent=False),
    "duty_away": Wording(Link.EPISODE),
    "duty_reported_seen": Wording(Link.EPISODE),
    "return_waits": Wording(Link.EPISODE),
    "police_alert": Wording(Link.POLICE, for_police=True),
    "police_reminder": Wording(Link.POLICE, for_police=True),
    "duty_phone_them": Wording(Link.EPISODE),
    "duty_call": Wording(Link.EPISODE),
    "told_missing": Wording(Link.EPISODE),
    # The desk of the area reads the status of a child who only lives there, and no episode.
    "host_missing": Wording(Link.CHILD),
    "manager_call": Wording(Link.EPISODE),
    "head_call": Wording(Link.EPISODE),
    "director_call": Wording(Link.EPISODE),
    "duty_step": Wording(Link.EPISODE),
    "force_offered": Wording(Link.EPISODE),
    "force_answered": Wording(Link.EPISODE, urgent=False),
    "police_offered": Wording(Link.POLICE, for_police=True),
    "police_lead": Wording(Link.POLICE, for_police=True),
    "duty_found": Wording(Link.EPISODE),
    "police_found": Wording(Link.POLICE, for_police=True),
    "told_found": Wording(Link.EPISODE, urgent=False),
    "found_waits": Wording(Link.FOUND),
    "found_answered": Wording(Link.FOUND),
    "found_over": Wording(Link.FOUND, urgent=False),
    "link_waits": Wording(Link.LINK_ASKED),
    "link_urgent": Wording(Link.LINK_ASKED),
    "link_over": Wording(Link.SIGN_IN, urgent=False),
    "link_unanswered": Wording(Link.LINK_ASKER),
    "link_answered": Wording(Link.LINK_ASKER, urgent=False),
    "link_made": Wording(Link.LINK_MADE, urgent=False),
    "arrival_asked": Wording(Link.ARRIVAL),
    "arrival_back": Wording(Link.TRANSFERS),
    "arrival_over": Wording(Link.SIGN_IN, urgent=False),
    "review_coming": Wording(Link.EPISODE, urgent=False),
    "episode_update": Wording(Link.EPISODE, urgent=False),
    "director_died": Wording(Link.EPISODE),
    "death_unsaid": Wording(Link.EPISODE),
    "duty_after_end": Wording(Link.DESK),
    "reply_received": Wording(Link.EPISODE),
    "second_person": Wording(Link.DESK),
    "home_no_check": Wording(Link.HOME),
    "duty_no_check": Wording(Link.DESK),
    "home_outage": Wording(Link.HOME),
    "duty_outage": Wording(Link.DESK),
    "manager_outage": Wording(Link.DESK),
    "manager_untaken": Wording(Link.DESK),
    "manager_gap": Wording(Link.DESK),
    "matter_waits": Wording(Link.MATTER),
    "matter_answered": Wording(Link.MATTER, urgent=False),
    "lado_worry": Wording(Link.NONE),
    "senior_worry": Wording(Link.MATTER),
    "senior_restricted": Wording(Link.MATTER),
    "worry_answered": Wording(Link.MATTER, urgent=False),
    "concern_raised": Wording(Link.SIGN_IN),
    "promise_passed": Wording(Link.SIGN_IN),
    "promise_unanswered": Wording(Link.SIGN_IN),
    "promise_not_kept": Wording(Link.SIGN_IN),
    "concern_unanswered": Wording(Link.SIGN_IN),
    "guardian_supervision": Wording(Link.SIGN_IN, urgent=False),
    "guardian_assigned": Wording(Link.CHILD, urgent=False),
    "guardian_covered": Wording(Link.SIGN_IN, urgent=False),
    "meeting_booked": Wording(Link.SIGN_IN, urgent=False),
    "meeting_uninvited": Wording(Link.SIGN_IN, urgent=False),
    "meeting_off": Wording(Link.SIGN_IN, urgent=False),
    "escort_link": Wording(Link.ESCORT),
    "journey_barred": Wording(Link.CHILD),
    # It opens nothing: the link is closed, and whoever waits for the child may not open its page.
    "escort_off": Wording(Link.NONE),
    "journey_off": Wording(Link.SIGN_IN),
    # Whoever was sent to a link from such a mail would learn to press the next thief's.
    "account_changed": Wording(Link.NONE),
    "mail_check": Wording(Link.NONE, urgent=False),
    "lado_mailbox": Wording(Link.NONE),
    "administrator_role": Wording(Link.NONE),
    "mailbox_unproved": Wording(Link.NONE),
    "mailbox_removed": Wording(Link.NONE),
    "force_phone_changed": Wording(Link.NONE),
    "home_phone_changed": Wording(Link.NONE),
    "mailbox_entered": Wording(Link.NONE),
    "service_corrected": Wording(Link.NONE),
    "role_shared": Wording(Link.NONE),
    "role_answered": Wording(Link.NONE, urgent=False),
    "numbers_uncalled": Wording(Link.NONE),
    "area_unlisted": Wording(Link.NONE),
    "guardians_lacking": Wording(Link.NONE),
    "authority_split": Wording(Link.NONE),
    "leave_recorded": Wording(Link.SIGN_IN, urgent=False),
    "leave_elsewhere": Wording(Link.SIGN_IN, urgent=False),
    "cover_asked": Wording(Link.SIGN_IN),
    "post_uncovered": Wording(Link.SIGN_IN),
    "post_filled": Wording(Link.SIGN_IN, urgent=False),
    "ending": Wording(Link.SIGN_IN),
}


def page(
    link: Link,
    episode: MissingEpisode | None,
    children: Sequence[str] = (),
    *,
    matter: Matter | None = None,
) -> str:
    """The address of the page a staff mail about `children` leads to; else the reader's own first page."""
    if link == Link.NONE:
        return ""
    if link == Link.SIGN_IN:
        return f"{settings.PUBLIC_URL}{reverse('account_login')}"
    if link == Link.EPISODE and episode is not None:
        return f"{settings.PUBLIC_URL}{reverse('episode', args=[episode.reference])}"
    if link in OF_MATTER and matter is not None:
        return f"{settings.PUBLIC_URL}{_of_matter(link, matter)}"
    # Of several searches there is no page but the list of their children.
    if (link in (Link.CHILD, Link.CHILDREN) and children) or (link == Link.EPISODE and len(children) > 1):
        return f"{settings.PUBLIC_URL}{_of_children(link, children)}"
    return f"{settings.PUBLIC_URL}{reverse(FIRST_PAGES.get(link, 'home'))}"


def _of_matter(link: Link, matter: Matter) -> str:
    """Its own page; of what one council asks another that page, or the people around one of the two children."""
    if link in (Link.MATTER, Link.FOUND):
        return reverse("matter" if link == Link.MATTER else "found_child", args=[matter.pk])
    if link == Link.ARRIVAL:
        return reverse("not_arrived", args=[Child.objects.get(pk__in=[matter.child_id]).reference])
    request = LinkRequest.objects.select_related("child").get(matters__matter=matter)
    if link == Link.LINK_ASKED:
        return reverse("link_asked", args=[request.pk])
    linked = request.link.beside(request.child) if link == Link.LINK_MADE and request.link else request.child
    return reverse("child_people", args=[linked.reference])


def _of_children(link: Link, children: Sequence[str]) -> str:
    """The page of the child, or the list of the children: of more than stand on one page of it that of all."""
    if link == Link.CHILD or len(children) == 1:
        return reverse("child", args=[children[0]])
    of = f"?of={','.join(children)}" if len(children) <= LISTED_AT_MOST else ""
    return f"{reverse('child_list')}{of}"


def label(link: Link, episode: MissingEpisode | None, count: int = 1) -> str:
    """What the link of a mail about `count` children is called."""
    if link == Link.CHILDREN and count == 1:
        link = Link.CHILD
    if link == Link.EPISODE and episode is None:
        link = Link.CHILDREN if count > 1 else Link.LIST
    return str(LABELS[link])


def subject(wording: str, reference: str) -> str:
    """The subject of a mail about an alert: its references, and whether its reader is to read it now.

    Every mail of the thread has it, the ending too: of that it is not true that anything is to be done.
    """
    if not reference:
        return str(_("Child alert - read now"))
    words = _("Child alert %(reference)s - read now")
    if not WORDINGS[wording].urgent:
        words = _("Child alert %(reference)s - for your information")
    return words % {"reference": reference}
