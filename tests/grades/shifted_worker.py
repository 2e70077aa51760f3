"""Run `sca-lms worker --drain` with a clock that is ahead, and several times with ever more of a lead.

`python -m … AHEAD_SECONDS STEP_SECONDS TIMES`: what waits for a retry is due again after a step.
"""

import datetime as dt
import sys
import threading

import time_machine

from sca_lms.app import create_app
from sca_lms.grades import duties, worker

if __name__ == "__main__":
    ahead, step, times = float(sys.argv[1]), dt.timedelta(seconds=float(sys.argv[2])), int(sys.argv[3])
    code = duties.SOMETHING_WAITS
    application = create_app()
    with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(seconds=ahead), tick=True) as clock:
        # The clock only begins to go when it is first looked at.
        dt.datetime.now(dt.UTC)
        for _ in range(times):
            code = worker.run(application, threading.Event(), drain=True)
            if code == duties.NOTHING_LEFT:
                break
            clock.shift(step)
    sys.exit(code)
