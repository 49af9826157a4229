"""The harness of the simulator that the commands in scripts/ share, and a folder for each larger command."""

import sys

if sys.version_info < (3, 11):  # noqa: UP036  An older one would fail at something else first.
    sys.exit("the tools in scripts/ need Python 3.11 or newer")
