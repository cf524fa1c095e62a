"""``python -m flake8_wsthreads`` is the command ``flake8-wsthreads``."""

import sys

from flake8_wsthreads.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
