"""More of `sanad portal`: the work that it does by itself, done once; retention; back-ups and erasures."""

from pathlib import Path
from typing import Annotated

import typer

from sanad.base.errors import Refused
from sanad.interfaces.command_line import screen
from sanad.interfaces.command_line.options import DATA_DEFAULT, Data
from sanad.interfaces.command_line.portal import app, prepared

__all__ = ["app"]
Folder = Annotated[Path, typer.Argument(metavar="FOLDER", help="Folder of the back-up.")]


@app.command()
def work(data: Data = DATA_DEFAULT) -> None:
    """Do once what the portal does by itself: e-mail, the trail's head on the record, clocks and retention told.

    For those who serve the pages with another server; run it every minute.

    Example: sanad portal work --data var
    """
    from django.utils.module_loading import import_string

    prepared(data)
    screen.facts(list(import_string("sanad.wiring.chores.work_once")().items()))


@app.command()
def retain(data: Data = DATA_DEFAULT) -> None:
    """List applications whose time to be kept has ended, and tell the officers. Nothing is erased by it, and what is
    under a hold is not listed.

    Example: sanad portal retain --data var
    """
    prepared(data)
    from django.utils import timezone

    from sanad.programmes.licensing.desk import keeping
    from sanad.programmes.licensing.queries.keeping import due_on

    rows = [(str(each.application.id), str(each.until)) for each in due_on(timezone.localdate())]
    keeping.tell_what_is_due()
    if not rows:
        screen.say("Nothing falls due.")
        return
    screen.say(f"{len(rows)} applications fall due; two persons erase them on the page Keeping.")
    screen.facts(rows)


@app.command("anchor-trail")
def anchor_trail(data: Data = DATA_DEFAULT) -> None:
    """Put the head of the security trail on the record now, if it is not there today; the portal does it by itself.

    Example: sanad portal anchor-trail --data var
    """
    prepared(data)
    from sanad.people import anchoring

    anchor = anchoring.anchor_today()
    if anchor is None:
        screen.say("It is on the record today, or the trail is empty.")
        return
    screen.say(f"The record has the trail up to row {anchor.rows:,}, in entry {anchor.entry}.")


@app.command("finish-erasures")
def finish_erasures(data: Data = DATA_DEFAULT) -> None:
    """Erase again what a restored database has brought back, by the list that lies with the keys. The portal does it
    when it starts.

    Example: sanad portal finish-erasures --data var
    """
    prepared(data)
    from sanad.programmes.licensing.desk import keeping

    screen.say(f"{keeping.finish_erasures()} applications were erased again.")


@app.command("sign-out")
def sign_out(
    email: Annotated[str, typer.Argument(help="Whose sessions end.")],
    data: Data = DATA_DEFAULT,
    lock: Annotated[bool, typer.Option("--lock", help="And nobody signs in with the account any more.")] = False,
) -> None:
    """End all sessions of one person, and with --lock close the account.

    Example: sanad portal sign-out head@authority.example --data var
    """
    prepared(data)
    from sanad.people.models import Person, normal
    from sanad.people.sessions import end_all

    person = Person.objects.filter(email=normal(email)).first()
    if person is None:
        raise Refused("account", "nobody has an account under this address; look at the page of colleagues", 404)
    if lock:
        Person.objects.filter(id=person.id).update(is_active=False)
    screen.say(f"{end_all(person)} sessions ended.")


@app.command("back-up")
def back_up(
    folder: Folder,
    data: Data = DATA_DEFAULT,
    keys: Annotated[bool, typer.Option("--keys", help="The keys, instead of the work.")] = False,
) -> None:
    """Copy the portal's work into a new FOLDER while it serves, or with --keys its keys.

    Keep the two apart. Keep the keys no longer than the law leaves for an erasure: who restores work and keys of before
    an erasure brings it back.

    Example: sanad portal back-up /backups/portal-2027-01-31 --data var
    """
    from django.utils.module_loading import import_string

    prepared(data)
    written = import_string("sanad.wiring.backups.back_up")(folder, keys=keys)
    screen.say(f"{len(written)} files are in {folder}.")


@app.command("restore")
def restore(folder: Folder, data: Data = DATA_DEFAULT) -> None:
    """Put a back-up of the portal in place, while it does not serve, and erase again what was erased since.

    Example: sanad portal restore /backups/portal-2027-01-31 --data var
    """
    from django.utils.module_loading import import_string

    prepared(data)
    again = import_string("sanad.wiring.backups.restore")(folder)
    screen.say(f"The back-up is in place. {again} applications were erased again.")
