"""A sealed record with rows in every table, and what whoever owns the database may do to it."""

from datetime import timedelta

import psycopg2
from django.db import connection

from alerts.models import Message, MessageProof
from cases import details, log
from cases.audit import seals
from cases.audit.chains import Finding
from cases.audit.verification import Verification
from cases.models import AccessRecord, Seal
from tests.database import Clone
from tests.factories import AT, Watched, a_watched_child, seen

LATER = AT + timedelta(minutes=30)
SEALED = (
    "cases_event",
    "cases_accessrecord",
    "cases_configurationchange",
    "alerts_messageproof",
    "cases_detailschange",
)


def read(w: Watched, minutes: int = 0) -> AccessRecord:
    log.record_access(
        user=w.worker,
        child_id=w.child.pk,
        permission="see_record",
        allowed=True,
        place=log.Place(path=f"/children/{minutes}/", page="child", address="192.0.2.7"),
        at=AT + timedelta(minutes=minutes),
    )
    return AccessRecord.objects.latest("pk")


def found(run: Verification | None = None) -> list[Finding]:
    return list((run or Verification()).findings(now=LATER))


def sealed_rows(table: str) -> list[int]:
    return [
        key
        for one in Seal.objects.filter(table=table).order_by("number")
        for key, _, _ in seals.MARK.iter_unpack(bytes(one.marks))
    ]


class Town:
    """A sealed record with rows in every table, and the owner's hands on it."""

    def __init__(self, own: Clone) -> None:
        self.clone = own
        self.w, self.other = a_watched_child(), a_watched_child()
        for minute in range(4):
            read(self.w, minute)
            read(self.other, minute)
            log.record_configuration(self.w.worker, "role_given", data={"n": minute}, by=None, at=AT)
            seen(self.w.child, by=self.w.carer, at=AT + timedelta(minutes=minute))
            details.change(
                self.w.child,
                {"known_as": f"Yus {minute}"},
                topic="names",
                version=minute,
                by=self.w.worker,
                at=AT,
            )
            self._proof(minute)
        seals.seal(at=AT)
        # A second seal of each, so that one that is missing has a next.
        read(self.w, 5)
        seen(self.w.child, by=self.w.carer, at=AT + timedelta(minutes=5))
        log.record_configuration(self.w.worker, "role_given", data={"n": 5}, by=None, at=AT)
        seals.seal(at=AT)

    def _proof(self, number: int) -> None:
        message = Message.objects.first() or self._message()
        MessageProof.objects.create(
            message=message, at=AT, accepted=True, address=f"{number}@force.example", response="250", text=""
        )

    def _message(self) -> Message:
        at = {"owed_at": AT, "created_at": AT, "next_try_at": AT}
        return Message.objects.create(
            kind="alert",
            wording="x",
            step="R1",
            channel="mail",
            post="worker",
            recipient="x",
            user=self.w.worker,
            **at,
        )

    def keys(self, table: str) -> list[int]:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT id FROM {table} ORDER BY id")
            return [key for (key,) in cursor.fetchall()]

    def as_owner(self, *statements: str) -> None:
        owner = psycopg2.connect(self.clone.owner_dsn)
        owner.autocommit = True
        with owner.cursor() as cursor:
            for switch in ("DISABLE", "ENABLE"):
                for statement in statements if switch == "ENABLE" else ():
                    cursor.execute(statement)
                for table in (*SEALED, "cases_seal"):
                    cursor.execute(f"ALTER TABLE {table} {switch} TRIGGER USER")
        owner.close()
