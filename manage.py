#!/usr/bin/env python
"""Django's command line. Beside a running `make run` it finds that shop by itself."""

import os
import sys

from jessops.lib.env import read_local_environment


def main() -> None:
    read_local_environment()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "jessops.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
