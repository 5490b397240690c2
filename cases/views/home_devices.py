"""Devices of a home: an administrator's list of them, and the page on which a device makes its passkey."""

from datetime import datetime

from django.contrib.auth.decorators import login_not_required, login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from cases import access, administration, clock, home_devices, passkeys, second_factor
from cases.forms.second_factor import DeviceForm, PasskeyForm
from cases.models import Home, User
from cases.second_factor import WrongCode
from cases.states import IllegalMove
from cases.views.private import kept_private


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def home_device_list(request: HttpRequest, home_id: int) -> HttpResponse:
    """Show the devices of a home, and put another one on the list, with the link that is opened on it."""
    now = clock.now()
    by = access.person(request)
    home = administration.get_home(by, home_id, at=now)
    form = DeviceForm(request.POST or None)
    if form.is_valid():
        try:
            device = home_devices.add(home, form.cleaned_data["name"], by=by, at=now)
        except IllegalMove as refusal:
            form.add_error(None, str(refusal))
        else:
            return _with_link(request, home, device, by, now)
    return _list(request, home, form, now)


@login_required
@require_POST
def home_device_link(request: HttpRequest, home_id: int, device_id: int) -> HttpResponse:
    """Make a new link for a device that has no passkey, and show it this once."""
    now = clock.now()
    by = access.person(request)
    home = administration.get_home(by, home_id, at=now)
    device = next((one for one in home_devices.of(home, at=now) if one.pk == device_id), None)
    if device is None:
        raise Http404
    return _with_link(request, home, device, by, now)


@login_not_required
@kept_private
@require_http_methods(["GET", "HEAD", "POST"])
def home_device_welcome(request: HttpRequest, key: str, token: str) -> HttpResponse:
    """Let the device that opens an unused link make its passkey; whatever else is tried reads the same."""
    now = clock.now()
    device = home_devices.read(key, token, at=now)
    if device is None:
        return render(request, "cases/welcome_expired.html", {"now": now}, status=404)
    form = PasskeyForm(request.POST or None)
    if form.is_valid():
        try:
            credential = passkeys.made(form.cleaned_data["credential"])
        except WrongCode:
            form.add_error(None, _("No passkey was made. Try again."))
        else:
            second_factor.add_passkey(device, device.name, credential, may_add=False, at=now)
            return redirect("passkey_sign_in")
    context = {"form": form, "device": device, "options": passkeys.ask_for_new(device), "now": now}
    return render(request, "cases/home_device_welcome.html", context, status=422 if form.is_bound else 200)


def _with_link(request: HttpRequest, home: Home, device: User, by: User, now: datetime) -> HttpResponse:
    form = DeviceForm()
    try:
        parts = home_devices.make_link(device, by=by, at=now)
    except IllegalMove as refusal:
        return _list(request, home, form, now, refusal=str(refusal))
    link = request.build_absolute_uri(reverse("home_device_welcome", args=parts))
    return _list(request, home, form, now, link=link, device=device)


def _list(request: HttpRequest, home: Home, form: DeviceForm, now: datetime, **more: object) -> HttpResponse:
    devices = [(one, second_factor.has_one(one)) for one in home_devices.of(home, at=now)]
    context = {"home": home, "devices": devices, "form": form, "now": now, **more}
    status = 409 if "refusal" in more else 422 if form.is_bound else 200
    return render(request, "cases/home_device_list.html", context, status=status)
