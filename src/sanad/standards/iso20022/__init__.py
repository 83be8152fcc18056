"""ISO 20022 messages: customer credit transfers in (`pacs008`), status reports out (`pacs002`)."""
