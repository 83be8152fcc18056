"""Pages of the explorer: for everybody. A proof that is handed in is verified and forgotten."""

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from sanad.base.errors import Malformed, Unavailable
from sanad.interfaces.explorer import record
from sanad.rulebook.edition1.codes import Outcome

PROOF_BYTES_MAX = 1 << 20
HEIGHT_MAX = 2**63 - 1


class ProofForm(forms.Form):
    """A proof file."""

    proof = forms.FileField(
        label=gettext_lazy("Proof file"),
        help_text=gettext_lazy("The .tlog-proof file that your bank gave you. It is checked and not kept."),
        max_length=200,
    )


@require_safe
def explorer(request: HttpRequest) -> HttpResponse:
    """The newest checkpoint and the blocks, newest first: `?before=<height>`; `?height=` leads to one of them."""
    wanted = _height(request.GET.get("height", ""), "height")
    if wanted:
        return redirect("block", wanted)
    before = _height(request.GET.get("before", ""), "before")
    try:
        with settings.NETWORK.client() as client:
            newest = record.newest(client)
            blocks = record.blocks(client, newest.checkpoint.size, before)
    except Unavailable:
        return render(request, "frame/explorer.html", {})
    following = blocks[-1].height if blocks and blocks[-1].height > 1 else 0
    shown = {"newest": newest, "blocks": blocks, "next_before": following, "is_later_page": bool(before)}
    return render(request, "frame/explorer.html", shown)


def _height(text: str, field: str) -> int:
    if not text:
        return 0
    if not (text.isascii() and text.isdecimal() and len(text) <= 19 and 1 <= int(text) <= HEIGHT_MAX):
        raise Malformed(field, "out_of_range", _("give the height of a block in digits"))
    return int(text)


@require_safe
def block(request: HttpRequest, height: int) -> HttpResponse:
    """One block: its time and its digests, and where it stands in the log."""
    with settings.NETWORK.client() as client:
        newest = record.newest(client)
        leaf = record.block(client, newest.checkpoint.size, height)
    shown = {"leaf": leaf, "leaf_hash": leaf.leaf_hash(), "newest": newest}
    return render(request, "frame/explorer_block.html", shown)


@require_http_methods(["GET", "HEAD", "POST"])
def payment(request: HttpRequest) -> HttpResponse:
    """Is this payment on the record? By its proof file, which is not kept."""
    form = ProofForm(request.POST or None, request.FILES or None)
    if request.method != "POST" or not form.is_valid():
        status = 422 if request.method == "POST" else 200
        return render(request, "frame/explorer_payment.html", {"form": form}, status=status)
    upload = form.cleaned_data["proof"]
    if upload.size > PROOF_BYTES_MAX:
        form.add_error("proof", _("This is no proof file: it is too large."))
        return render(request, "frame/explorer_payment.html", {"form": form}, status=422)
    with settings.NETWORK.client() as client:
        log_key = client.log_key().decode("ascii", "replace")
    data = upload.read()
    try:
        found = record.verified(data, log_key)
    except Malformed as error:
        wrong = record.what_is_wrong(data, error)
        shown = {"form": ProofForm(), "wrong": wrong.value, "code": error.code}
        return render(request, "frame/explorer_payment.html", shown, status=422)
    outcome = None if found.is_admitted else Outcome(found.outcome)
    return render(request, "frame/explorer_payment.html", {"form": ProofForm(), "found": found, "outcome": outcome})
