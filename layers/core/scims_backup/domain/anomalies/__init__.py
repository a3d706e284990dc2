"""What is odd about a night: even a complete archive can contain too little (docs/history.md)."""

from scims_backup.domain.anomalies.found import Anomalies, anomalies
from scims_backup.domain.anomalies.told import Told, told

__all__ = ["Anomalies", "Told", "anomalies", "told"]
