"""The WSGI application that gunicorn serves."""

import os

from cases.headroom import with_headroom
from config.env import one_line_errors

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

with one_line_errors():
    from django.core.wsgi import get_wsgi_application

    application = with_headroom(get_wsgi_application())
