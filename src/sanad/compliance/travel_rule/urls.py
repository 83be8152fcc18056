"""URLs of the Travel Rule."""

from django.utils.translation import gettext_lazy as _

from sanad.compliance.travel_rule.pages.exchanges import exchange_routes
from sanad.compliance.travel_rule.pages.others import other_routes

app_name = "travel_rule"
menu_words = _("Travel Rule")
urlpatterns = [*exchange_routes, *other_routes]
