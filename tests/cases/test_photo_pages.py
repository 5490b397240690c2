"""The pages of photos: adding, looking, withdrawing, and what a browser is told about a picture."""

import io
import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from cases import clock, photo_files
from cases.forms.typed import london
from cases.models import AccessRecord, Child, Photo, Role
from tests.factories import Watched, a_person, a_picture, a_watched_child, photographed

pytestmark = pytest.mark.django_db
WRONG = "Photo must be JPG or PNG and smaller than 10MB"


@pytest.fixture
def watched() -> Watched:
    return a_watched_child(at=clock.now() - timedelta(hours=3))


@pytest.fixture
def photo(watched: Watched) -> Photo:
    return photographed(watched.child, at=clock.now() - timedelta(minutes=30))


def page_of(child: Child) -> str:
    return f"/children/{child.reference}/photos/"


def address(photo: Photo, size: str = "face") -> str:
    return f"{page_of(photo.child)}{photo.token}/{size}.jpg"


def answers(content: bytes | None = None, name: str = "camera.jpg", **given: str) -> dict[str, object]:
    today = london(clock.now())
    picture = {} if content is None else {"photo": SimpleUploadedFile(name, content)}
    return {
        "taken_date_day": str(today.day),
        "taken_date_month": str(today.month),
        "taken_date_year": str(today.year),
        "source": "taken",
        "basis": "agreed",
        **picture,
    } | given


def test_a_worker_adds_a_photo_and_sees_it_on_the_childs_page(client: Client, watched: Watched) -> None:
    client.force_login(watched.worker)

    answer = client.post(page_of(watched.child), answers(a_picture()), follow=True)

    photo = Photo.objects.get()
    page = answer.content.decode()
    assert answer.redirect_chain[-1][0] == f"/children/{watched.child.reference}/"
    assert f'src="{address(photo, "portrait")}" width="75" height="100"' in page
    assert f"Photo of {watched.child.given_name}, taken" in page
    assert "Photo added" in page
    assert (photo.uploaded_by, photo.basis) == (watched.worker, "agreed")
    assert "Why it may be held: The child agreed" in client.get(page_of(watched.child)).content.decode()


def test_what_a_file_is_called_says_nothing_about_what_it_is(client: Client, watched: Watched) -> None:
    client.force_login(watched.worker)
    client.post(page_of(watched.child), answers(a_picture(kind="PNG"), name="letter.pdf"))
    assert Photo.objects.count() == 1

    answer = client.post(page_of(watched.child), answers(b"<script>alert(1)</script>", name="face.jpg"))

    assert answer.status_code == 422
    assert Photo.objects.count() == 1


@pytest.mark.parametrize("size", [11_000_000, 13_000_000])
def test_a_photo_that_is_too_large_is_called_so_at_the_field_with_the_rest_still_typed(
    client: Client, watched: Watched, size: int
) -> None:
    client.force_login(watched.worker)

    answer = client.post(
        page_of(watched.child),
        answers(a_picture() + b"\0" * size, source="agency", taken_date_day="3", taken_date_month="May"),
    )

    page = answer.content.decode()
    assert answer.status_code == 422
    assert f'<a href="#id_photo">{WRONG}</a>' in page
    assert "Choose the photo again: a browser does not keep it." in page
    assert 'value="May"' in page
    assert re.search(r'<input[^>]*value="agency"[^>]* checked', page)
    assert "Choose a photo</a>" not in page
    assert not Photo.objects.exists()


def test_a_good_photo_beside_another_mistake_is_asked_for_again_and_not_called_wrong(
    client: Client, watched: Watched
) -> None:
    client.force_login(watched.worker)

    page = client.post(page_of(watched.child), answers(a_picture(), taken_date_year="2199")).content.decode()

    assert "must be today or in the past" in page
    assert "Choose the photo again: a browser does not keep it." in page
    assert WRONG not in page


def test_no_photo_at_all_says_what_to_do(client: Client, watched: Watched) -> None:
    client.force_login(watched.worker)
    answer = client.post(page_of(watched.child), answers())
    assert (answer.status_code, "Choose a photo" in answer.content.decode()) == (422, True)


def test_a_phone_opens_its_camera_unless_a_picture_it_holds_is_asked_for(
    client: Client, watched: Watched
) -> None:
    client.force_login(watched.worker)
    assert 'capture="environment"' in client.get(page_of(watched.child)).content.decode()
    assert "capture=" not in client.get(f"{page_of(watched.child)}?file").content.decode()


def test_a_picture_is_sent_as_nothing_but_a_jpg_and_kept_by_no_cache(
    client: Client, photo: Photo, watched: Watched
) -> None:
    client.force_login(watched.carer)

    answer = client.get(address(photo))

    assert Image.open(io.BytesIO(answer.content)).size == (112, 112)
    assert answer["Content-Type"] == "image/jpeg"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cache-Control"] == "no-store"
    assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
    assert answer["Content-Disposition"].startswith(f'inline; filename="{watched.child.reference}-')
    assert client.get(address(photo, "full"))["Cache-Control"] == "no-store"
    assert client.get(address(photo, "huge")).status_code == 404


def test_looking_again_within_a_quarter_of_an_hour_counts_once_and_every_refusal_counts(
    client: Client, photo: Photo, watched: Watched, settings: Any
) -> None:
    client.force_login(watched.worker)
    for size in ("face", "portrait", "face", "full"):
        assert client.get(address(photo, size)).status_code == 200
    reads = AccessRecord.objects.filter(permission="see_photo", child=watched.child)
    assert [(read.user, read.allowed) for read in reads] == [(watched.worker, True)]
    assert photo.token in reads[0].path

    client.force_login(watched.carer)
    client.get(address(photo))
    assert reads.all().count() == 2

    settings.READ_AGAIN_MINUTES = 0
    client.get(address(photo))
    assert reads.all().count() == 3

    client.force_login(a_person(Role.SOCIAL_WORKER))
    for _ in range(2):
        assert client.get(address(photo)).status_code == 404
    assert reads.filter(allowed=False).count() == 2


def test_a_photo_is_found_under_no_other_childs_address(
    client: Client, photo: Photo, watched: Watched
) -> None:
    other = a_watched_child(at=clock.now() - timedelta(hours=3))
    client.force_login(other.worker)
    assert client.get(f"{page_of(other.child)}{photo.token}/face.jpg").status_code == 404


def test_a_picture_that_is_gone_from_the_disk_is_a_404_and_no_crash(
    client: Client, photo: Photo, watched: Watched
) -> None:
    photo_files.remove(photo.token)
    client.force_login(watched.worker)
    assert client.get(address(photo)).status_code == 404


def test_a_withdrawn_photo_is_shown_to_nobody_and_its_reason_stays(
    client: Client, photo: Photo, watched: Watched
) -> None:
    client.force_login(watched.worker)
    page = f"{page_of(watched.child)}{photo.token}/withdraw/"
    assert client.post(page, {"reason": ""}).status_code == 422

    client.post(page, {"reason": "It shows another child"})

    assert client.get(address(photo)).status_code == 404
    assert client.get(page).status_code == 404
    shown = client.get(f"/children/{watched.child.reference}/").content.decode()
    assert photo.token not in shown
    assert "It shows another child" in shown


def test_a_carer_sees_the_face_and_changes_no_photo(client: Client, photo: Photo, watched: Watched) -> None:
    client.force_login(watched.carer)
    assert client.get(page_of(watched.child)).status_code == 404
    assert client.post(page_of(watched.child), answers(a_picture())).status_code == 404
    assert client.post(f"{page_of(watched.child)}{photo.token}/withdraw/", {"reason": "x"}).status_code == 404
    assert client.get(address(photo)).status_code == 200


def test_a_photo_that_cannot_be_written_is_said_at_the_field_with_all_that_was_typed(
    client: Client, watched: Watched, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*_args: object) -> None:
        raise OSError(28, "No space left on device")

    client.force_login(watched.worker)
    with monkeypatch.context() as patch:
        patch.setattr(photo_files, "write", full)
        sent = client.post(page_of(watched.child), answers(a_picture(), source="agency"))
    page = sent.content.decode()
    assert sent.status_code == 422
    assert '<a href="#id_photo">The photo could not be kept.' in page
    assert "Choose the photo again: a browser does not keep it." in page
    assert re.search(r'<input[^>]*value="agency"[^>]* checked', page)
    assert "No space" not in page
    assert "photo_not_kept" in caplog.text
    assert not Photo.objects.exists()
    assert client.post(page_of(watched.child), answers(a_picture())).status_code == 302
