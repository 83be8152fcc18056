"""URLs of licensing."""

from django.utils.translation import gettext_lazy as _

from sanad.programmes.licensing.pages.applications import application_routes
from sanad.programmes.licensing.pages.decisions import decision_routes
from sanad.programmes.licensing.pages.happened import happened_routes
from sanad.programmes.licensing.pages.keeping import keeping_routes
from sanad.programmes.licensing.pages.own_decisions import own_decision_routes
from sanad.programmes.licensing.pages.register import register_routes

app_name = "licensing"
menu_words = _("Licensing")
urlpatterns = [
    *register_routes, *happened_routes, *application_routes, *own_decision_routes, *decision_routes, *keeping_routes,
]  # fmt: skip
