"""Recordings made of panes: as they live, or of what the daemon has kept of them."""

from agent_status.recordings.incident import Report, read_report, write_report
from agent_status.recordings.recorder import RecordError, record

__all__ = ["RecordError", "Report", "read_report", "record", "write_report"]
