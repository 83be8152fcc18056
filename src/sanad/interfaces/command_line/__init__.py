"""The command `sanad`: one module a group of commands; how it looks in `screen`, how it fails in `failures`."""
