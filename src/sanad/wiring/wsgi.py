"""The portal as a WSGI application, for `sanad portal` and for other servers."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sanad.wiring.settings")
application = get_wsgi_application()
