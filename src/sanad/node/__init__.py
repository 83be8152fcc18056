"""Takes a message, orders it, applies it, appends it to the record, answers."""
