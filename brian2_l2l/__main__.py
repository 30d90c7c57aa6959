"""Run ``python -m brian2_l2l`` as the command ``brian2-l2l``."""

import sys

from brian2_l2l.cli import main

if __name__ == "__main__":
    sys.exit(main())
