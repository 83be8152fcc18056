"""Founding the demonstration nation in a data folder."""

import json

from sanad.interfaces import demonstration_nation
from sanad.interfaces.command_line import screen
from sanad.interfaces.command_line.data_folder import DataFolder
from sanad.interfaces.command_line.node import kernel_post
from sanad.node.folder import write_file
from sanad.node.founding import Genesis


def found_demonstration(data: DataFolder) -> Genesis:
    """Found the nation; the note with its passphrase comes first, so that whatever a kill leaves can be opened."""
    data.demonstration.mkdir(mode=0o700, parents=True, exist_ok=True)
    note = {
        "passphrase": demonstration_nation.PASSPHRASE,
        "institutions": {each.folder: each.number for each in demonstration_nation.MEMBERS},
        "accounts": {key: [group.first, group.count] for key, group in demonstration_nation.groups().items()},
    }
    post = kernel_post(screen.tell)
    write_file(data.demonstration_note, json.dumps(note, indent=2).encode() + b"\n", 0o644)
    return demonstration_nation.found(data.record, data.institutions, post)
