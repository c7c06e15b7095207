"""`python -m chaos run | soak | judge | replay | report | heal | mutants`."""

import sys

from chaos.cli import main

if __name__ == "__main__":
    sys.exit(main())
