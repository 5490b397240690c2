"""The address on record is the peer's own, or the one that a proxy of ours vouches for, and never one that was typed."""

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpResponse
from django.test import RequestFactory
from django.urls import reverse

from cases.models import AccessRecord
from config import middleware, proxies
from tests.factories import a_watched_child

PROXIES = proxies.read("10.0.0.5, 10.1.0.0/28, 2001:db8::5")


@pytest.mark.by_turns(8)
@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("192.0.2.7", "", "192.0.2.7"),
        ("192.0.2.7", "198.51.100.1", "192.0.2.7"),
        ("10.0.0.5", "198.51.100.1", "198.51.100.1"),
        ("::ffff:10.0.0.5", "198.51.100.1", "198.51.100.1"),
        ("2001:db8::5", "2001:db8::77", "2001:db8::77"),
        # What the client wrote itself stands on the left of what our proxy added.
        ("10.0.0.5", "203.0.113.9, 198.51.100.1", "198.51.100.1"),
        ("10.0.0.5", "203.0.113.9, 198.51.100.1, 10.1.0.3", "198.51.100.1"),
        ("10.0.0.5", "", "10.0.0.5"),
        ("10.0.0.5", "unknown", "10.0.0.5"),
        ("10.0.0.5", "203.0.113.9, who knows, 10.1.0.3", "10.1.0.3"),
        ("", "198.51.100.1", ""),
    ],
)
def test_a_forwarded_address_is_believed_from_a_proxy_of_ours_alone(peer, forwarded, client):
    assert proxies.client(peer, forwarded, PROXIES) == client


@pytest.mark.parametrize("word", ["everybody", "10.0.0.5/33", "10.0.0.5/28", "0.0.0.0/0", "::/0"])
def test_a_proxy_that_is_none_and_one_that_is_everybody_are_refused(word):
    with pytest.raises(ImproperlyConfigured, match="TRUSTED_PROXIES"):
        proxies.read(f"10.0.0.5,{word}")


def _seen_by_the_application(settings, **headers) -> dict[str, str]:
    settings.TRUSTED_PROXIES = PROXIES
    kept = {}

    def answer(request):
        kept.update({name: value for name, value in request.META.items() if isinstance(value, str)})
        return HttpResponse("fine")

    middleware.read_client_address(answer)(RequestFactory().get("/", **headers))
    return kept


def test_no_header_about_addresses_reaches_the_application(settings):
    written = dict.fromkeys(proxies.ADDRESS_HEADERS, "203.0.113.9")
    for peer in ("192.0.2.7", "10.0.0.5"):
        seen = _seen_by_the_application(settings, REMOTE_ADDR=peer, **written)
        assert not set(seen) & set(proxies.ADDRESS_HEADERS)
    assert seen["REMOTE_ADDR"] == "203.0.113.9"


def test_only_a_proxy_of_ours_says_that_a_request_came_by_https(settings):
    spoken = {proxies.SCHEME_HEADER: "https"}
    assert proxies.SCHEME_HEADER not in _seen_by_the_application(settings, REMOTE_ADDR="192.0.2.7", **spoken)
    assert proxies.SCHEME_HEADER in _seen_by_the_application(settings, REMOTE_ADDR="10.0.0.5", **spoken)


@pytest.mark.by_turns(8)
@pytest.mark.django_db
@pytest.mark.parametrize(("peer", "on_record"), [("192.0.2.7", "192.0.2.7"), ("10.0.0.5", "198.51.100.1")])
def test_the_record_of_reads_keeps_the_address_of_the_person(client, settings, peer, on_record):
    settings.TRUSTED_PROXIES = PROXIES
    watched = a_watched_child()
    client.force_login(watched.worker)
    address = reverse("child", args=[watched.child.reference])
    client.get(address, REMOTE_ADDR=peer, HTTP_X_FORWARDED_FOR="203.0.113.9, 198.51.100.1")
    assert AccessRecord.objects.get(child=watched.child, page="child").address == on_record
