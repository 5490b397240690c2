"""The verbs of a file that came by mail: keep it apart, release it as a document of ours, or leave it where it is."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

import structlog
from django.db import transaction
from django.db.models import Count, Sum
from django.db.models.functions import Coalesce

from cases import document_files, documents, log, scans, sealed_files
from cases.models import Child, MissingEpisode, QuarantinedFile, User
from cases.moves import require_open
from cases.scans import NotADocument
from cases.states import IllegalMove

logger = structlog.get_logger(__name__)

# [proposal] Of one mail so many files, each and all together no larger than this in bytes: what is more is phoned about.
FILES_AT_MOST = 10
BYTES_EACH, BYTES_TOGETHER = scans.MOST_BYTES, 2 * scans.MOST_BYTES
# [proposal] And of all mails about one search: whoever writes to its address fills no disk.
FILES_OF_SEARCH, BYTES_OF_SEARCH = 50, 10 * scans.MOST_BYTES


@dataclass(frozen=True)
class Sent:
    """One attachment by its sender's words, and its bytes; `position` is its place among those of the mail."""

    position: int
    name: str
    type: str
    content: bytes = field(repr=False)


def fitting(sent: Sequence[Sent], *, files: int = 0, size: int = 0) -> list[Sent]:
    """Those that are kept, in their order: none that is empty or too large, and no more than fit together.

    `files` and `size` in bytes are what is kept of the search already.
    """
    kept: list[Sent] = []
    left, most = min(BYTES_TOGETHER, BYTES_OF_SEARCH - size), min(FILES_AT_MOST, FILES_OF_SEARCH - files)
    for one in sent:
        own = len(one.content)
        if 0 < own < BYTES_EACH and own <= left and len(kept) < most:
            kept.append(one)
            left -= own
    return kept


def keep(
    episode: MissingEpisode, sent: Sequence[Sent], *, mail_key: str, sender: str, at: datetime
) -> list[QuarantinedFile]:
    """Keep the files of one mail about the locked child's episode, as far as they fit; what cannot be written is left out.

    What the mail says is recorded though a disk is full: a file that is not kept is phoned about.
    """
    kept = []
    stands = QuarantinedFile.objects.undestroyed().filter(episode=episode)
    so_far = stands.aggregate(files=Count("pk"), size=Coalesce(Sum("size"), 0))
    for one in fitting(sent, **so_far):
        token = sealed_files.new_token()
        try:
            with transaction.atomic(), _file(token, one.content):
                row = QuarantinedFile.objects.create(
                    token=token,
                    child_id=episode.child_id,
                    episode=episode,
                    mail_key=mail_key,
                    position=one.position,
                    sender=sender,
                    name=one.name,
                    type=one.type,
                    size=len(one.content),
                    digest=scans.Scan(one.content, one.type).digest,
                    received_at=at,
                )
        except OSError:
            logger.exception("attachment_not_kept", episode=episode.pk, position=one.position)
            continue
        kept.append(row)
    return kept


def release(file: QuarantinedFile, *, received_from: str, by: User, at: datetime) -> QuarantinedFile:
    """Write it anew as a document of the child's record, which whoever reads the record may save; the file stays apart.

    Raises `IllegalMove` in a closed case, once it is decided, where its bytes are gone, and for anything but a whole PDF,
    JPG or PNG: nothing else can be written anew, and what is not is opened by nobody here. That takes its time, and
    the child is not locked meanwhile.
    """
    require_open(file.child.closed_at)
    _require_undecided(QuarantinedFile.objects.get(pk=file.pk))
    try:
        scan = scans.accept(document_files.read(file.token))
    except NotADocument as refused:
        raise IllegalMove(
            "This is no whole PDF, JPG or PNG, so it cannot be shown safely. Ask the sender for one of these."
        ) from refused
    except OSError as gone:
        raise IllegalMove("This file cannot be read. Ask the sender for it again.") from gone
    with transaction.atomic():
        child, file = _undecided(file)
        require_open(child.closed_at)
        given = documents.Given(scan=scan, kind="police", title=file.name, received_from=received_from)
        file.document = documents.keep(child, given, by=by, at=at)
        _decide(child, file, "attachment_released", by=by, at=at)
    return file


def leave(file: QuarantinedFile, *, reason: str, by: User, at: datetime) -> QuarantinedFile:
    """Say that it is not released, and why: nobody is asked about it any more, and it stays where it is."""
    if not reason.strip():
        raise IllegalMove("Enter why it is not released.")
    with transaction.atomic():
        child, file = _undecided(file)
        file.reason = reason.strip()
        _decide(child, file, "attachment_left", by=by, at=at)
    return file


def _undecided(file: QuarantinedFile) -> tuple[Child, QuarantinedFile]:
    child = Child.objects.locked().get(pk=file.child_id)
    file = QuarantinedFile.objects.get(pk=file.pk)
    _require_undecided(file)
    return child, file


def _require_undecided(file: QuarantinedFile) -> None:
    if file.decided_at is not None:
        raise IllegalMove("Somebody has decided this already.")
    if file.destroyed_at is not None:
        raise IllegalMove("This file has been destroyed: the time of the record had come.")


def _decide(child: Child, file: QuarantinedFile, kind: str, *, by: User, at: datetime) -> None:
    file.decided_at, file.decided_by = at, by
    file.save(update_fields=["decided_at", "decided_by", "document", "reason"])
    fields = {"name": file.name, "digest": file.digest, "reason": file.reason}
    log.record(child, kind, subject=file, fields=fields, by=by, at=at)


def seal_anew(pk: int) -> bool | None:
    """Seal its bytes under the newest key and say whether they were not before; None where they were destroyed and are gone.

    Under the child's lock, as it would be removed. Raises OSError and leaves it as it was.
    """
    with transaction.atomic():
        row = QuarantinedFile.objects.get(pk=pk)
        Child.objects.locked().get(pk=row.child_id)
        if row.destroyed_at is not None and not document_files.is_there(row.token):
            return None
        return document_files.seal_anew(row.token)


@contextmanager
def _file(token: str, content: bytes) -> Iterator[None]:
    """The file first, so that no row stands without it; taken back where the row is not written."""
    try:
        document_files.write(token, content)
        yield
    except BaseException:
        document_files.remove(token)
        raise
