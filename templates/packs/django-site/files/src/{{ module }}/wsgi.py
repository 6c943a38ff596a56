"""What a server calls."""

import os

from django.core.wsgi import get_wsgi_application

SETTINGS = "{{ module }}.settings"
os.environ.setdefault("DJANGO_SETTINGS_MODULE", SETTINGS)

application = get_wsgi_application()
