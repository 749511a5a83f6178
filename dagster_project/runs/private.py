"""The private modules of Dagster that the project uses; they change without notice.

Dagster documents no other way to tell its daemon that a run's process is gone, or to ask a code server whether it
answers, or to keep its SQLite files open. `tests.dagster_project.runs` and `tests.end_to_end.test_dead_runs` hold what
is used of them.
Does not belong here: anything that `import dagster` offers.
"""

from dagster._core.errors import DagsterUserCodeProcessError, DagsterUserCodeUnreachableError
from dagster._core.launcher import CheckRunHealthResult, LaunchRunContext, WorkerStatus
from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage
from dagster._grpc.client import DagsterGrpcClient

__all__ = [
    "CheckRunHealthResult",
    "DagsterGrpcClient",
    "DagsterUserCodeProcessError",
    "DagsterUserCodeUnreachableError",
    "LaunchRunContext",
    "SqliteEventLogStorage",
    "WorkerStatus",
]
