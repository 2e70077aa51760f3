"""Run `sca-lms worker --drain` with a clock that goes some seconds ahead: `python -m … SECONDS`."""

import datetime as dt
import sys

import time_machine

from sca_lms.cli import main

if __name__ == "__main__":
    ahead = dt.timedelta(seconds=float(sys.argv.pop(1)))
    sys.argv[1:] = ["worker", "--drain"]
    with time_machine.travel(dt.datetime.now(dt.UTC) + ahead, tick=True):
        # The clock only begins to go when it is first looked at.
        dt.datetime.now(dt.UTC)
        main()
