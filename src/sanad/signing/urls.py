"""URLs of signing."""

from sanad.signing.pages import signing_routes

app_name = "signing"
urlpatterns = signing_routes
