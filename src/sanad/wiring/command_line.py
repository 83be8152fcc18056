"""Entry point of the command `sanad`."""

import sys

from sanad.interfaces.command_line import program


def main() -> None:
    """Run the command line."""
    sys.exit(program.run(sys.argv[1:]))


if __name__ == "__main__":
    main()
