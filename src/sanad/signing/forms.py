"""What the signing page brings back: bytes, as base64url without padding."""

import binascii
from base64 import urlsafe_b64decode
from typing import Any

from django import forms
from django.utils.translation import gettext as _

SIGNATURE_BYTES_MAX = 1_024
CREDENTIAL_BYTES_MAX = 1_023
PUBLIC_BYTES_MAX = 33


class BytesField(forms.CharField):
    """Bytes at most so many."""

    def __init__(self, bytes_max: int) -> None:
        super().__init__(max_length=bytes_max * 4 // 3 + 3, widget=forms.HiddenInput)

    def clean(self, value: Any) -> bytes:
        """The bytes."""
        text = super().clean(value)
        try:
            return urlsafe_b64decode(text + "=" * (-len(text) % 4))
        except (binascii.Error, ValueError):
            raise forms.ValidationError(_("this came back damaged from the signing page; try again")) from None


class SignatureForm(forms.Form):
    """A signature of a message."""

    signature = BytesField(SIGNATURE_BYTES_MAX)


class MadeKeyForm(forms.Form):
    """A key, its name on the device, and the proof that it is held."""

    public = BytesField(PUBLIC_BYTES_MAX)
    credential = BytesField(CREDENTIAL_BYTES_MAX)
    possession = BytesField(SIGNATURE_BYTES_MAX)
