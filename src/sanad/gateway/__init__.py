"""An institution's own side of the wire: keys, outbox, address book, payment files. The only door to the node."""
