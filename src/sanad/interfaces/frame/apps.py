"""The app of the frame."""

from django.apps import AppConfig
from django.core.signals import got_request_exception


class FrameConfig(AppConfig):
    """Templates, static files, languages."""

    name = "sanad.interfaces.frame"
    label = "frame"

    def ready(self) -> None:
        """Faults are logged by our own words."""
        from sanad.interfaces.frame.errors import note_fault

        got_request_exception.connect(note_fault)
