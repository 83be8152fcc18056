"""URLs of licensing."""

from sanad.programmes.licensing.pages.applications import application_routes
from sanad.programmes.licensing.pages.decisions import decision_routes
from sanad.programmes.licensing.pages.register import register_routes

app_name = "licensing"
urlpatterns = [*register_routes, *application_routes, *decision_routes]
