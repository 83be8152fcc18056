"""`python -m sanad.interfaces.command_line`: how a command starts another one, such as the demonstration its node."""

import sys

from sanad.interfaces.command_line.program import run

sys.exit(run(sys.argv[1:]))
