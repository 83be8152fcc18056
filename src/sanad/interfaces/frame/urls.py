"""URLs of the frame itself."""

from django.utils.translation import gettext_lazy as _

from sanad.interfaces.explorer import pages as explorer
from sanad.interfaces.frame import pages
from sanad.interfaces.frame.notification_pages import language as switch_language
from sanad.interfaces.frame.notification_pages import notification_routes
from sanad.interfaces.frame.trail_pages import trail_routes
from sanad.people.access import GUEST, PUBLIC, SIGNED_IN, route
from sanad.people.rights import Right

urlpatterns = [
    route("", pages.home, open_to=PUBLIC, name="home"),
    route("explorer/", explorer.explorer, open_to=PUBLIC, name="explorer", menu=_("Explorer")),
    route("explorer/blocks/<int:height>/", explorer.block, open_to=PUBLIC, name="block"),
    route("explorer/payment/", explorer.payment, open_to=PUBLIC, name="payment"),
    route("language/", switch_language, open_to=PUBLIC, name="language"),
    route("account/", pages.account, open_to=SIGNED_IN, name="account"),
    route("account/sessions/end/", pages.end_other_sessions, open_to=SIGNED_IN, name="end_other_sessions"),
    route("account/staff/", pages.staff, open_to=Right.OWN_STAFF_READ, name="staff", menu=_("Colleagues")),
    route("account/staff/invite/", pages.invite, open_to=Right.OWN_STAFF_INVITE, name="invite"),
    route("account/staff/withdraw/", pages.withdraw, open_to=Right.OWN_STAFF_INVITE, name="withdraw_invitation"),
    route("invitation/<str:token>/", pages.invitation, open_to=GUEST, name="invitation"),
    *notification_routes,
    *trail_routes,
]
