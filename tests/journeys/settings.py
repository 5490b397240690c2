"""The product's settings for the web process of a journey: files are served from where they lie, as nothing was collected."""

from config.settings import *  # noqa: F403 - all of them

WHITENOISE_USE_FINDERS = True
