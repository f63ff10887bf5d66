"""Recordings made of panes: as they live, or of what the daemon has kept of them."""

from agent_status.record.live import RecordError, record
from agent_status.record.report import Report, read_report, write_report

__all__ = ["RecordError", "Report", "read_report", "record", "write_report"]
