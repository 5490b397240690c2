"""A photo of a found child: sealed, without where it was taken, and shown to the desk that has the child and whoever is asked."""

import io
import uuid
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from alerts import kept_files
from cases import concerns, found, found_photos, images, photo_files
from cases.models import AccessRecord, FoundChild, FoundPhoto, MissingEpisode, Role
from cases.states import IllegalMove
from tests.factories import (
    DutyDesk,
    Watched,
    a_duty_desk,
    a_person,
    a_picture,
    a_watched_child,
    an_authority,
    ended,
    missing,
)

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def watched(now: datetime) -> Watched:
    return a_watched_child(at=now - timedelta(days=60))


@pytest.fixture
def episode(watched: Watched, now: datetime) -> MissingEpisode:
    return missing(watched.child, by=watched.worker, at=now - 30 * HOUR)


@pytest.fixture
def desk() -> DutyDesk:
    """Of another council, where the child was found."""
    return a_duty_desk(an_authority("Harrowfen County"))


@pytest.fixture
def row(desk: DutyDesk, now: datetime) -> FoundChild:
    described = found.Described(
        found_at=now - HOUR, place="Southmere station", found_by="A guard", looks="A burn scar"
    )
    authority = desk.team.authority
    return found.write_down(described, authority=authority, key=uuid.uuid4(), by=desk.person, at=now)


@pytest.fixture
def photo(row: FoundChild, desk: DutyDesk, now: datetime) -> FoundPhoto:
    return found_photos.add(row, images.develop(a_picture()), by=desk.person, at=now)


def of(photo: FoundPhoto, size: str = "portrait") -> str:
    return reverse("found_photo", args=[photo.found.matter_id, photo.token, size])


def answered(client: Client, person, photo: FoundPhoto) -> int:
    client.force_login(person)
    return client.get(of(photo)).status_code


def with_place() -> bytes:
    """A picture into which a phone wrote what it knows."""
    exif = Image.Exif()
    exif[0x010E] = "Taken at Southmere station"
    out = io.BytesIO()
    Image.new("RGB", (300, 400), "teal").save(out, "JPEG", exif=exif)
    return out.getvalue()


@pytest.mark.by_turns(8)
def test_the_desk_keeps_a_photo_and_sees_it_beside_the_searches_without_what_the_phone_wrote(
    client: Client, row: FoundChild, desk: DutyDesk
) -> None:
    client.force_login(desk.person)
    page = reverse("found_photo_add", args=[row.matter_id])
    sent = {"photo": SimpleUploadedFile("a.jpg", with_place(), "image/jpeg")}
    shown = client.post(page, sent, follow=True).content.decode()
    photo = FoundPhoto.objects.get()
    assert of(photo) in shown
    answer = client.get(of(photo, "full"))
    assert (answer.status_code, answer["Cache-Control"]) == (200, "no-store")
    assert b"Southmere" not in answer.content
    assert not Image.open(io.BytesIO(answer.content)).getexif()
    assert AccessRecord.objects.filter(user=desk.person, page="found_photo", allowed=True).exists()


@pytest.mark.by_turns(8)
def test_what_lies_on_the_disk_is_sealed_and_known(photo: FoundPhoto, now: datetime) -> None:
    lying = list(Path(settings.PHOTO_ROOT).rglob(f"{photo.token}-*"))
    assert len(lying) == len(photo_files.SIZES)
    if settings.PHOTO_KEYS:
        assert all(photo_files.sealed_under(photo.token, size) for size in photo_files.SIZES)
    later = now + timedelta(days=3)
    assert not [line for line in kept_files.strays(later) if photo.token in line]
    assert list(kept_files.lost(now)) == []
    photo_files.remove(photo.token)
    assert [photo.found.reference in line for line in kept_files.lost(now)] == [True] * len(lying)


@pytest.mark.by_turns
def test_what_is_no_picture_is_refused_at_its_field(client: Client, row: FoundChild, desk: DutyDesk) -> None:
    client.force_login(desk.person)
    page = reverse("found_photo_add", args=[row.matter_id])
    shown = client.post(page, {"photo": SimpleUploadedFile("a.jpg", b"no picture", "image/jpeg")})
    assert shown.status_code == 422
    assert "Photo must be JPG or PNG" in shown.content.decode()
    assert not FoundPhoto.objects.exists()


@pytest.mark.by_turns
def test_only_whoever_has_the_child_or_is_asked_about_it_sees_it(
    client: Client,
    photo: FoundPhoto,
    episode: MissingEpisode,
    watched: Watched,
    desk: DutyDesk,
    now: datetime,
) -> None:
    outside = (watched.desk.person, watched.worker, watched.guardian, watched.carer, watched.officer)
    assert [answered(client, person, photo) for person in outside] == [404] * len(outside)
    assert answered(client, a_person(Role.DUTY_DESK), photo) == 404
    assert answered(client, desk.person, photo) == 200
    match = found.propose(photo.found, episode, by=desk.person, at=now)
    assert answered(client, watched.desk.person, photo) == 200
    page = client.get(reverse("episode_found", args=[episode.reference, match.pk])).content.decode()
    assert of(photo) in page
    for person in (watched.guardian, watched.carer, watched.officer):
        assert answered(client, person, photo) == 404
    concerns.keep_from(watched.child, watched.worker, reason="An allegation", by=watched.manager, at=now)
    assert answered(client, watched.worker, photo) == 404
    assert AccessRecord.objects.filter(user=watched.worker, page="found_photo", allowed=False).exists()


@pytest.mark.by_turns
def test_whoever_has_said_that_it_is_not_this_child_sees_it_no_more_until_they_are_asked_again(
    client: Client,
    photo: FoundPhoto,
    episode: MissingEpisode,
    watched: Watched,
    desk: DutyDesk,
    now: datetime,
) -> None:
    match = found.propose(photo.found, episode, by=desk.person, at=now)
    page = reverse("episode_found", args=[episode.reference, match.pk])
    owner = watched.desk.person

    def says(answer: str) -> None:
        last = found.standing(photo.found, episode)
        found.answer(last, answer=answer, note="By the scar", by=owner, at=now, read=found.what_stands(last))

    for answer in ("cannot_say", "it_is"):
        says(answer)
        assert answered(client, owner, photo) == 200
        assert of(photo) in client.get(page).content.decode()
    says("it_is_not")
    assert answered(client, owner, photo) == 404
    shown = client.get(page)
    assert shown.status_code == 200
    assert of(photo) not in shown.content.decode()
    assert answered(client, desk.person, photo) == 200, "the desk has the child still"
    later = now + timedelta(minutes=1)
    more = found.Added(looks="A burn scar on the left hand")
    found.add(photo.found, more, key=uuid.uuid4(), by=desk.person, at=later)
    found.propose(photo.found, episode, by=desk.person, at=later)
    assert answered(client, owner, photo) == 200, "asked again they look again"


@pytest.mark.by_turns
def test_a_search_that_has_ended_shows_nobody_the_found_child(
    client: Client,
    photo: FoundPhoto,
    episode: MissingEpisode,
    watched: Watched,
    desk: DutyDesk,
    now: datetime,
) -> None:
    match = found.propose(photo.found, episode, by=desk.person, at=now)
    page = reverse("episode_found", args=[episode.reference, match.pk])
    assert answered(client, watched.desk.person, photo) == 200
    ended(MissingEpisode.objects.get(pk=episode.pk), at=now)
    assert answered(client, watched.desk.person, photo) == 404
    assert of(photo) not in client.get(page).content.decode()


def test_once_the_child_is_named_or_the_photo_withdrawn_nobody_is_shown_it(
    client: Client, photo: FoundPhoto, desk: DutyDesk, now: datetime
) -> None:
    other = found_photos.add(photo.found, images.develop(a_picture()), by=desk.person, at=now)
    client.force_login(desk.person)
    page = reverse("found_photo_withdraw", args=[photo.found.matter_id, photo.token])
    assert client.post(page, {"reason": ""}).status_code == 422
    assert client.post(page, {"reason": "It shows another child"}).status_code == 302
    assert [answered(client, desk.person, one) for one in (photo, other)] == [404, 200]
    found.close(photo.found, outcome="handed", reason="With her aunt", by=desk.person, at=now)
    assert answered(client, desk.person, other) == 404
    assert photo_files.read(other.token, "full"), "the picture is kept"
    with pytest.raises(IllegalMove, match="closed"):
        found_photos.add(photo.found, images.develop(a_picture()), by=desk.person, at=now)


@pytest.mark.by_turns(8)
def test_the_same_picture_sent_twice_is_one(row: FoundChild, desk: DutyDesk, now: datetime) -> None:
    picture = images.develop(a_picture())
    first, second = (found_photos.add(row, picture, by=desk.person, at=now) for _ in range(2))
    assert first == second
