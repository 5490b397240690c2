"""Who reads a transfer, and from where: whose record it is, to whom the child is to come, and whoever handed it over."""

from datetime import datetime
from enum import StrEnum

from django.http import HttpRequest

from cases import access, receiving, references, responsibilities
from cases.access import Permission
from cases.models import Child, Role, Transfer, User
from cases.models.transfers import TransferQuerySet


class Side(StrEnum):
    """From where somebody reads a transfer: the record is theirs, the child is to come to them, or they handed it over."""

    OWN = "own"
    RECEIVER = "receiver"
    SENT = "sent"


def coming(user: User, *, at: datetime) -> TransferQuerySet:
    """The transfers that `user` reads as one of the receiver's people, before the child is theirs."""
    held = access.memberships(user, at) if user.is_authenticated else []
    return receiving.by(user, held).exclude(child__in=access.closed_to(user, at))


def get_child(user: User, reference: str, *, request: HttpRequest, at: datetime) -> tuple[Child, Side]:
    """Return a child whose transfer `user` may read, and from where; 404 for everybody else.

    The receiver's people read that one page of a child who is offered to them, and from the acceptance on what its
    checklist names; the read of the page is one of the status. Each read and each refusal is on record.
    """
    wanted = references.parse(reference).child
    if access.children(user, Permission.SEE_RECORD, at=at).filter(reference=wanted).exists():
        return access.get_child(user, reference, Permission.SEE_RECORD, request=request, at=at), Side.OWN
    transfer = coming(user, at=at).filter(child__reference=wanted).select_related("child").first()
    if transfer is None:
        return access.get_handed_over(user, reference, request=request, at=at)[0], Side.SENT
    access.put_listed_on_record(
        user,
        [transfer.child_id],
        Permission.SEE_STATUS,
        always=request.method not in access.SAFE,
        request=request,
        at=at,
    )
    return transfer.child, Side.RECEIVER


def get_read(
    user: User, reference: str, *, request: HttpRequest, at: datetime
) -> tuple[Child, datetime | None]:
    """Return a child whose record `user` reads, with None; one that they handed over with when; 404 for everybody else.

    Of the latter nothing that came on record after that instant is theirs. A child who is to come to them and is
    accepted is one of the former: the checklist names what they open. Each read and each refusal is on record.
    """
    wanted = references.parse(reference).child
    own = access.children(user, Permission.SEE_RECORD, at=at).filter(reference=wanted).exists()
    shut = access.closed_to(user, at)
    # Of a child who comes back what came on record since it left is theirs to read too.
    child = None if own else receiving.awaited(user, access.memberships(user, at), wanted, shut=shut)
    if child is not None:
        put_read_on_record(user, child, request=request, at=at)
        return child, None
    if not own and any(
        found.filter(reference=wanted).exists() for found in access.handed_over_children(user, at=at)
    ):
        return access.get_handed_over(user, reference, request=request, at=at)
    return access.get_child(user, reference, Permission.SEE_RECORD, request=request, at=at), None


def put_read_on_record(user: User, child: Child, *, request: HttpRequest, at: datetime) -> None:
    """The receiver reads before the arrival a part of the record that the checklist of the transfer names."""
    access.put_listed_on_record(
        user,
        [child.pk],
        Permission.SEE_RECORD,
        always=request.method not in access.SAFE,
        request=request,
        at=at,
    )


def may_answer(user: User, transfer: Transfer, *, at: datetime) -> bool:
    """Whether `user` accepts or declines for the receiver: a manager there, of whatever reach."""
    return any(
        one.role == Role.TEAM_MANAGER
        and one.team is not None
        and one.team.authority_id == transfer.receiver_id
        for one in access.memberships(user, at)
    )


def unread(child: Child, *, at: datetime) -> Transfer | None:
    """The first arrival at the authority that is responsible now whose papers nobody has read all of, whatever came after."""
    current = responsibilities.responsible_authority(child, at=at)
    here = [current.pk, *current.predecessors.values_list("pk", flat=True)]
    rows = Transfer.objects.unread().filter(child=child, receiver__in=here)
    return rows.select_related("sender", "receiver").order_by("confirmed_at").first()
