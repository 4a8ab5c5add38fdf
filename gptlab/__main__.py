"""`python -m gptlab` is the command `gptlab`, also for torchrun: `torchrun … -m gptlab train`."""

import sys

from gptlab.cli import main

sys.exit(main())
