"""The pages of photos: adding, looking, withdrawing, and what a browser is told about a picture."""

import io
import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from alerts import paper_dues
from cases import clock, photo_files, photos
from cases.forms.typed import london
from cases.models import AccessRecord, Child, Event, Photo, Role
from tests.factories import Watched, a_child, a_person, a_picture, a_watched_child, photographed

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
        "agreed_by": "The child, asked in Tigrinya",
        "agreed_date_day": str(today.day),
        "agreed_date_month": str(today.month),
        "agreed_date_year": str(today.year),
        **picture,
    } | given


@pytest.mark.by_turns
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
    listed = client.get(page_of(watched.child)).content.decode()
    assert "Why it may be held: The child agreed" in listed
    assert "The child, asked in Tigrinya</bdi>, " in listed
    assert (photo.agreed_by, photo.agreed_date) == (
        "The child, asked in Tigrinya",
        london(clock.now()).date(),
    )


NOBODY_AGREED = {f"agreed_{name}": "" for name in ("by", "date_day", "date_month", "date_year")}


@pytest.mark.by_turns(8)
@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        ({"basis": "", **NOBODY_AGREED}, {"basis"}),
        (NOBODY_AGREED, {"agreed_by", "agreed_date"}),
        ({"basis": "safety"}, {"agreed_by", "agreed_date"}),
        ({"agreed_date_year": "2199"}, {"agreed_date"}),
    ],
)
def test_why_a_photo_may_be_held_is_asked_and_who_agreed_when(
    client: Client, watched: Watched, given: dict[str, str], wrong: set[str]
) -> None:
    client.force_login(watched.worker)
    page = client.get(page_of(watched.child))
    assert page.context["form"]["basis"].initial is None
    answer = client.post(page_of(watched.child), answers(a_picture(), **given))
    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == wrong
    assert not Photo.objects.exists()


@pytest.mark.by_turns(8)
def test_a_photo_for_which_nobody_was_asked_is_kept_and_the_list_of_the_arrival_waits_for_it(
    client: Client, watched: Watched
) -> None:
    client.force_login(watched.worker)
    sent = answers(a_picture(), **NOBODY_AGREED, basis="find")
    client.post(page_of(watched.child), sent)
    photo = Photo.objects.get()
    assert photo.basis == "find"
    assert "photo" in paper_dues.lacks_of(watched.child)
    page = client.get(page_of(watched.child)).content.decode()
    assert f'name="of" value="{photo.token}"' in page
    said = {"of": photo.token, "ground-basis": "agreed", "ground-agreed_by": "The child"}
    answer = client.post(page_of(watched.child), said)
    assert answer.status_code == 422
    assert set(answer.context["ground"].errors) == {"agreed_date"}
    assert answer.context["form"].errors == {}
    safe = {"of": photo.token, "ground-basis": "safety"}
    for _ in range(2):
        assert client.post(page_of(watched.child), safe).status_code == 302
    photo.refresh_from_db()
    assert photo.basis == "safety"
    assert "photo" not in paper_dues.lacks_of(watched.child)
    assert Event.objects.filter(kind="photo_ground_said").count() == 1
    assert 'name="of"' not in client.get(page_of(watched.child)).content.decode()
    refused = client.post(page_of(watched.child), {**said, **_day("ground-agreed_date")})
    assert "on record already" in refused.content.decode()
    other = photographed(a_child())
    assert client.post(page_of(watched.child), {**safe, "of": other.token}).status_code == 404


@pytest.mark.by_turns(8)
def test_the_same_picture_sent_again_with_its_ground_keeps_it_and_another_ground_is_refused_in_words(
    client: Client, watched: Watched
) -> None:
    client.force_login(watched.worker)
    picture = a_picture()
    client.post(page_of(watched.child), answers(picture, **NOBODY_AGREED, basis="find"))
    for _ in range(2):
        assert client.post(page_of(watched.child), answers(picture)).status_code == 302
    photo = Photo.objects.get()
    assert (photo.basis, photo.agreed_by) == ("agreed", "The child, asked in Tigrinya")
    assert client.post(page_of(watched.child), answers(picture, agreed_by="Its aunt")).status_code == 422
    other = client.post(page_of(watched.child), answers(picture, **NOBODY_AGREED, basis="safety"))
    assert set(other.context["form"].errors) == {"basis"}
    assert Photo.objects.get().basis == "agreed"


def test_what_was_typed_for_a_photo_that_is_answered_or_withdrawn_meanwhile_stands_at_no_other(
    client: Client, watched: Watched
) -> None:
    client.force_login(watched.worker)
    find = photos.Ground(basis="find")
    second, first = (photographed(watched.child, ground=find, at=clock.now()) for _ in range(2))
    said = {"of": first.token, "ground-basis": "agreed", "ground-agreed_by": "The child, in Dari"}
    said |= _day("ground-agreed_date")
    page = client.get(page_of(watched.child))
    assert page.content.decode().count(page.context["asked"].token) > 2, "the picture stands beside the form"
    photos.say_ground(first, photos.Ground(basis="safety"), by=watched.worker, at=clock.now())
    late = client.post(page_of(watched.child), said)
    assert late.status_code == 422
    assert late.context["asked"] == second
    assert not late.context["ground"].is_bound
    assert "on record already" in late.content.decode()
    assert "The child, in Dari" in late.content.decode()
    photos.withdraw(second, reason="Blurred", by=watched.worker, at=clock.now())
    gone = client.post(page_of(watched.child), said | {"of": second.token})
    assert (gone.status_code, gone.context["asked"]) == (422, None)
    assert "withdrawn already" in gone.content.decode()
    assert "The child, in Dari" in gone.content.decode()
    second.refresh_from_db()
    assert second.basis == "find"


def _day(name: str) -> dict[str, str]:
    today = london(clock.now())
    return {f"{name}_day": str(today.day), f"{name}_month": str(today.month), f"{name}_year": str(today.year)}


@pytest.mark.by_turns
def test_a_photo_on_record_without_a_word_of_its_ground_answers_the_list_as_it_did(watched: Watched) -> None:
    photographed(watched.child)
    assert "photo" not in paper_dues.lacks_of(watched.child)


@pytest.mark.by_turns
def test_what_a_file_is_called_says_nothing_about_what_it_is(client: Client, watched: Watched) -> None:
    client.force_login(watched.worker)
    client.post(page_of(watched.child), answers(a_picture(kind="PNG"), name="letter.pdf"))
    assert Photo.objects.count() == 1

    answer = client.post(page_of(watched.child), answers(b"<script>alert(1)</script>", name="face.jpg"))

    assert answer.status_code == 422
    assert Photo.objects.count() == 1


@pytest.mark.by_turns(8)
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


@pytest.mark.by_turns
def test_a_good_photo_beside_another_mistake_is_asked_for_again_and_not_called_wrong(
    client: Client, watched: Watched
) -> None:
    client.force_login(watched.worker)

    page = client.post(page_of(watched.child), answers(a_picture(), taken_date_year="2199")).content.decode()

    assert "must be today or in the past" in page
    assert "Choose the photo again: a browser does not keep it." in page
    assert WRONG not in page


@pytest.mark.by_turns
def test_no_photo_at_all_says_what_to_do(client: Client, watched: Watched) -> None:
    client.force_login(watched.worker)
    answer = client.post(page_of(watched.child), answers())
    assert (answer.status_code, "Choose a photo" in answer.content.decode()) == (422, True)


@pytest.mark.by_turns(8)
def test_a_phone_opens_its_camera_unless_a_picture_it_holds_is_asked_for(
    client: Client, watched: Watched
) -> None:
    client.force_login(watched.worker)
    assert 'capture="environment"' in client.get(page_of(watched.child)).content.decode()
    assert "capture=" not in client.get(f"{page_of(watched.child)}?file").content.decode()


@pytest.mark.by_turns(8)
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


@pytest.mark.by_turns
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


@pytest.mark.by_turns
def test_a_photo_is_found_under_no_other_childs_address(
    client: Client, photo: Photo, watched: Watched
) -> None:
    other = a_watched_child(at=clock.now() - timedelta(hours=3))
    client.force_login(other.worker)
    assert client.get(f"{page_of(other.child)}{photo.token}/face.jpg").status_code == 404


@pytest.mark.by_turns
def test_a_picture_that_is_gone_from_the_disk_is_a_404_and_no_crash(
    client: Client, photo: Photo, watched: Watched
) -> None:
    photo_files.remove(photo.token)
    client.force_login(watched.worker)
    assert client.get(address(photo)).status_code == 404


@pytest.mark.by_turns(8)
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


@pytest.mark.by_turns
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
