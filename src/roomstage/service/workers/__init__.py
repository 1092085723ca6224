"""Imaging in processes of their own: what dies in pixels takes one job along, never the service.

`pool` hands jobs to `process`es; `wire` is what they say to each other; `child` is the other end.
"""

from roomstage.service.workers.job import Done, Job, Progress, WorkerFault
from roomstage.service.workers.pool import Pool
from roomstage.service.workers.process import Settings

__all__ = ["Done", "Job", "Pool", "Progress", "Settings", "WorkerFault"]
