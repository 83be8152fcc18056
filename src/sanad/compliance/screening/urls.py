"""URLs of screening."""

from django.utils.translation import gettext_lazy as _

from sanad.compliance.screening.pages.lists import list_routes
from sanad.compliance.screening.pages.matches import match_routes
from sanad.compliance.screening.pages.name_files import file_routes
from sanad.compliance.screening.pages.open_payments import open_routes

app_name = "screening"
menu_words = _("Screening")
urlpatterns = [*match_routes, *file_routes, *open_routes, *list_routes]
