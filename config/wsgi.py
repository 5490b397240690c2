"""The WSGI application that gunicorn serves."""

import os

from config.env import one_line_errors

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

with one_line_errors():
    from django.core.wsgi import get_wsgi_application

    application = get_wsgi_application()
