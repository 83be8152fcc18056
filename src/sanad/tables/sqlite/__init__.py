"""Django's own SQLite back end on an SQLite without the fault of write-ahead logs (ENGINE `sanad.tables.sqlite`)."""
