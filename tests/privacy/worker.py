"""Do the worker's part of privacy in a process of its own, so that a test can kill it.

`python -m tests.privacy.worker archives|erasures`
"""

import sys

from sca_lms import clock
from sca_lms.app import create_app
from sca_lms.privacy import jobs

DUTIES = {"archives": jobs.make_archives, "erasures": jobs.carry_out_erasures}

if __name__ == "__main__":
    with create_app().app_context():
        DUTIES[sys.argv[1]](clock.now())
