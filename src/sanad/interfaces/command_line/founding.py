"""Founding the demonstration nation in a data folder."""

import json
import shutil

from sanad.interfaces import demonstration_nation, demonstration_past, demonstration_peers
from sanad.interfaces.command_line import screen
from sanad.interfaces.command_line.data_folder import DataFolder
from sanad.interfaces.command_line.node import kernel_post
from sanad.node.folder import write_file
from sanad.node.founding import Genesis


def found_demonstration(data: DataFolder) -> Genesis:
    """Found the nation with its past; it appears whole under its name, or not at all.

    The note with its passphrase comes first, so that whatever a kill leaves can be opened.
    """
    from sanad.interfaces.demonstration_playing import found_with_past

    data.demonstration.mkdir(mode=0o700, parents=True, exist_ok=True)
    members = (*demonstration_nation.MEMBERS, *demonstration_past.FIRMS, demonstration_past.ADMINISTRATOR)
    note = {
        "passphrase": demonstration_nation.PASSPHRASE,
        "institutions": {each.folder: each.number for each in members},
        "accounts": {key: [group.first, group.count] for key, group in demonstration_nation.groups().items()},
    }
    post = kernel_post(screen.tell)
    write_file(data.demonstration_note, json.dumps(note, indent=2).encode() + b"\n", 0o644)
    demonstration_peers.make(data.demonstration)
    playing = data.record.with_name(data.record.name + ".past")
    shutil.rmtree(playing, ignore_errors=True)
    genesis = found_with_past(playing, data.institutions, post)
    playing.rename(data.record)
    return genesis
