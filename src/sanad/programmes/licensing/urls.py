"""URLs of licensing."""

from sanad.programmes.licensing.pages.register import register_routes

app_name = "licensing"
urlpatterns = [*register_routes]
