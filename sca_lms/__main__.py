"""Run the `sca-lms` command as `python -m sca_lms`."""

from sca_lms.cli import main

main()
