"""A child of the neighbour for whom the demo's desk was asked for brothers and sisters: one question of each answer."""

import uuid
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from alerts import link_mails
from alerts.demo_states.lot import Lot, Shown, arrive, seen
from alerts.models import Channel, Message, MessageKind, MessageProof
from alerts.recipients import Post, Recipient
from alerts.states import MessageStatus
from cases import link_requests, log
from cases.models import Child, ChildLink, LinkRequest, User
from cases.states import LinkRequestStatus

MACHINE = "Asking another council for a sibling or companion"
Status = LinkRequestStatus


def _live(lot: Lot, shown: Shown) -> Child:
    """Three were asked for three weeks ago and told when the time was over; the sister was asked for since, and is here."""
    child, duty = arrive(lot, shown, there=True), lot.stage.cast["duty"]
    none, closed, off = (_ask(lot, child, name, days=20) for name in ("Liban", "Sagal", "Bilan"))
    for request, answer in ((none, Status.NO_SUCH), (closed, Status.CANNOT_SAY)):
        link_requests.refuse(request, answer, note=_NOTES[answer], by=duty, at=lot.ago(18))
    why = "An aunt rang: Bilan lives with her abroad."
    link_requests.withdraw(off, why=why, by=lot.sender, at=lot.ago(16))
    for request in (none, closed):
        data = {"authority": request.authority.code}
        log.record(child, "link_ask_over", subject=request, data=data, by=None, at=request.due_at)
        _went_out(request, link_mails.TOLD, lot.sender, at=request.due_at)
    sister = arrive(lot, replace(shown, name="Ayaan"))
    request = _ask(lot, child, sister.given_name, days=3)
    link_requests.say_yes(request, sister, by=duty, at=lot.at)
    _went_out(request, link_mails.LINKED, lot.sender, at=lot.at)
    _went_out(request, link_mails.MADE, lot.worker, at=lot.at)
    seen(lot, sister)
    return seen(lot, child, there=True)


def _ask(lot: Lot, child: Child, name: str, *, days: float) -> LinkRequest:
    said = link_requests.Said(
        kind=ChildLink.Kind.SIBLING,
        name=f"{name} {child.family_name}",
        age="about 13",
        said_by="The child, with an interpreter",
        about="Hodan, 16, speaks Somali",
        why="They were put on two coaches at the port, and one of them went to Northmere.",
    )
    given = {"of": [lot.stage.authority], "together": uuid.uuid4(), "by": lot.sender, "at": lot.ago(days)}
    (request,) = link_requests.ask(child, said, **given)  # type: ignore[arg-type]
    return request


def _went_out(request: LinkRequest, step: str, to: User, *, at: datetime) -> None:
    """What a social worker was mailed of it then; of an old mail the recipient and the times are kept, and no text."""
    recipient = Recipient(Post.WORKER, Channel.MAIL, user_id=to.pk)
    clock = request.matters.order_by("pk")[0]
    message = Message.objects.create(
        kind=MessageKind.ALERT,
        wording=link_mails.WORDINGS[step],
        step=step,
        channel=recipient.channel,
        post=recipient.post,
        recipient=recipient.key,
        user=to,
        matter_id=clock.matter_id,
        owed_at=at,
        created_at=at,
        next_try_at=at,
        status=MessageStatus.SENT,
        attempts=1,
        fence=1,
        sent_at=at,
    )
    MessageProof.objects.create(
        message=message, at=at, accepted=True, address=recipient.key, response="accepted"
    )


_NOTES: Mapping[str, str] = {
    Status.NO_SUCH: "Looked by name, by age and by language: nobody.",
    Status.CANNOT_SAY: "The manager decides whom to ring.",
}

CHILDREN = (
    Shown(
        "Hodan",
        "Warfaa",
        ("Somali",),
        MACHINE,
        Status.LINKED,
        _live,
        beside=(Status.NO_SUCH, Status.CANNOT_SAY, Status.WITHDRAWN),
        brings=1,
    ),
)
