"""The only place where parts are joined: settings, entry points."""
