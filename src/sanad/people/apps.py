"""The app of people."""

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    """Connects sign-in with the trail."""

    name = "sanad.people"
    label = "people"

    def ready(self) -> None:
        """All models are there now."""
        from sanad.people import signals  # noqa: PLC0415 - models are loaded only now

        signals.connect()
