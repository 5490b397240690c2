"""Addresses of the pages."""

from django.urls import URLPattern, path

from alerts.views import health, police

urlpatterns: list[URLPattern] = [
    path("health/", health.health, name="health"),
    path("a/<str:token>/", police.police_alert, name="police_alert"),
]
