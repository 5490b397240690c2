"""The acts on a transfer: how each is asked for and done, what it means, and what is said after it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.http import Http404
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from alerts.transfer_pages import Page
from cases import checklists, drafts, journeys, responsibilities, transfers
from cases.forms.transfers import (
    ArriveForm,
    DayForm,
    LeaveForm,
    OfferForm,
    ReasonForm,
    ReceivedForm,
    ReferForm,
    ShareForm,
    WorkerForm,
)
from cases.models import Draft, Membership, Role, Transfer, User
from cases.views import staying


@dataclass(frozen=True)
class Asked:
    """One act on a transfer: who asks it, from where, and when."""

    page: Page
    user: User
    now: datetime
    # Those of the same home whom this reader may open: who is told and asked before the child goes, and who is not.
    beside: staying.Names = field(default_factory=staying.Names)

    @property
    def transfer(self) -> Transfer:
        if self.page.row is None:
            raise Http404
        return self.page.row.transfer

    @property
    def at(self) -> dict[str, Any]:
        return {"by": self.user, "at": self.now}

    def read(self, form: Any) -> dict[str, Any]:
        """The same, and which offer the form was about."""
        return {"stood": form.stands, **self.at}

    @property
    def stands(self) -> int:
        """The key of the offer that stands now."""
        return transfers.read_of(self.transfer)


def _refer(form: Any, asked: Asked) -> None:
    given = form.cleaned_data
    transfers.refer(
        asked.page.child, form.referral, receiver=given["receiver"], key=given["once"], **asked.at
    )
    drafts.drop(asked.user, Draft.Form.TRANSFER_REFERRAL, asked.page.child)


def _offer(form: Any, asked: Asked) -> None:
    transfers.offer(asked.transfer, form.cleaned_data["receiver"], **asked.read(form))


def _accept(form: Any, asked: Asked) -> None:
    one: Membership = form.membership
    if one.team is None:
        raise Http404
    transfers.accept(asked.transfer, team=one.team, worker=one.user, **asked.read(form))


def _arrive(form: Any, asked: Asked) -> None:
    one, given = form.membership, form.cleaned_data
    transfers.confirm_arrival(
        asked.transfer,
        arrived_at=given["arrived_at"],
        handed_to=given["handed_to"],
        team=one.team,
        worker=one.user,
        read=given.get("read", ()),
        stays_placed=given["stays"],
        knows_child=given.get("knows_child", False),
        is_here=given.get("is_here", False),
        **asked.read(form),
    )


def _leave(form: Any, asked: Asked) -> None:
    given = form.cleaned_data
    said = {name: given[name] for name in ("left_at", "expected_at", "parted") if name in given}
    transfers.set_out(asked.transfer, **said, **asked.read(form))


def _workers(asked: Asked) -> list[Membership]:
    """The social workers of the receiver, each once for each team."""
    held = Membership.objects.current(asked.now).filter(
        role=Role.SOCIAL_WORKER, team__authority=asked.transfer.receiver
    )
    return list(held.select_related("user", "team").order_by("user__name", "pk"))


def _arrive_form(data: Any, asked: Asked) -> ArriveForm:
    checklist = checklists.of(asked.transfer, at=asked.now)
    named = asked.transfer.worker_id
    is_seen = journeys.arriving(asked.page.child, at=asked.now) is not None
    return ArriveForm(
        data,
        workers=_workers(asked),
        checklist=checklist,
        named=named,
        is_seen=is_seen,
        has_left=not asked.transfer.may_be_shared or transfers.has_left(asked.transfer),
        stands=asked.stands,
        now=asked.now,
    )


def sender_of(asked: Asked) -> Any:
    return responsibilities.responsible_authority(asked.page.child, at=asked.now)


@dataclass(frozen=True)
class Step:
    """How one act is asked for and done, what it means, and what is said after it."""

    form: Callable[[Any, Asked], Any]
    do: Callable[[Any, Asked], None]
    says: Promise
    done: Promise


STEPS: Mapping[str, Step] = {
    "refer": Step(
        lambda data, asked: ReferForm(data, sender=sender_of(asked), now=asked.now),
        _refer,
        gettext_lazy(
            "You stay responsible until the other authority has confirmed that the child arrived. Its people read what"
            " you write here, the child’s name and birth date; once they have accepted for a named social worker also"
            " the risks, open episodes, profile, photos and documents, plan and actions, the day and place of a meeting about"
            " the handover, and nothing else of the record."
        ),
        gettext_lazy("Referred. You stay responsible until the arrival is confirmed."),
    ),
    "offer": Step(
        lambda data, asked: OfferForm(data, sender=sender_of(asked), stands=asked.stands, now=asked.now),
        _offer,
        gettext_lazy("Its duty desk and managers are told at once."),
        gettext_lazy("Offered. They have been told."),
    ),
    "accept": Step(
        lambda data, asked: WorkerForm(data, workers=_workers(asked), stands=asked.stands),
        _accept,
        gettext_lazy(
            "The social worker has the child’s work from the moment at which you confirm the arrival. Until then the"
            " authority that offers stays responsible."
        ),
        gettext_lazy("Accepted. Agree the day next."),
    ),
    "decline": Step(
        lambda data, asked: ReasonForm(data, stands=asked.stands),
        lambda form, asked: _pass(transfers.decline(asked.transfer, **form.cleaned_data, **asked.read(form))),
        gettext_lazy("The authority that offers reads your reason, and offers the child to somebody else."),
        gettext_lazy("Declined. They have been told."),
    ),
    "day": Step(
        lambda data, asked: DayForm(
            data,
            beside=asked.beside.asked,
            stands=asked.stands,
            now=asked.now,
            initial={"day": asked.transfer.moves_date or asked.transfer.proposed_date},
        ),
        lambda form, asked: _pass(
            transfers.agree_day(asked.transfer, **form.cleaned_data, **asked.read(form))
        ),
        gettext_lazy("Ring the other authority first: this page tells it, and does not ask it."),
        gettext_lazy("The day is agreed."),
    ),
    "share": Step(
        lambda data, asked: ShareForm(data, stands=asked.stands, now=asked.now),
        lambda form, asked: _pass(transfers.share(asked.transfer, **form.cleaned_data, **asked.read(form))),
        gettext_lazy(
            "Send the papers by a way that your authority has agreed, not by this service: here stands that they went."
            " The other authority says that it has them. Both are told where that is missing the day before the move."
        ),
        gettext_lazy("On record. The other authority says next that it has them."),
    ),
    "received": Step(
        lambda data, asked: ReceivedForm(data, stands=transfers.read_of(asked.transfer, shared=True)),
        lambda form, asked: _pass(transfers.receive(asked.transfer, **asked.read(form))),
        gettext_lazy("The page of the transfer says what was shared, with whom and when."),
        gettext_lazy("On record: you have what was shared."),
    ),
    "leave": Step(
        lambda data, asked: LeaveForm(data, beside=asked.beside.asked, stands=asked.stands, now=asked.now),
        _leave,
        gettext_lazy(
            "You stay responsible while the child is on the way. A way of more than 2 hours from now is a journey with"
            " escorts, who say at each stop that the child is with them: plan it first."
        ),
        gettext_lazy("The child is on the way. The other authority confirms the arrival."),
    ),
    "arrive": Step(
        _arrive_form,
        _arrive,
        gettext_lazy(
            "From the moment you save, your authority is responsible: roll-calls, alerts and an open missing episode go"
            " to your duty desk. The time of the arrival is kept beside it."
        ),
        gettext_lazy("Confirmed. Your authority is responsible from now on."),
    ),
    "withdraw": Step(
        lambda data, asked: ReasonForm(data, stands=asked.stands),
        lambda form, asked: _pass(
            transfers.withdraw(asked.transfer, **form.cleaned_data, **asked.read(form))
        ),
        gettext_lazy("You stay responsible. The other authority reads this transfer no more."),
        gettext_lazy("Withdrawn."),
    ),
}


def _pass(_done: Transfer) -> None:
    """What a verb returns is read anew by the page that follows."""
