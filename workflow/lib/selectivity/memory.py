"""How much memory this process holds, so that a stage can keep to the amount that its study grants."""

import logging
import platform
import resource
from pathlib import Path

logger = logging.getLogger(__name__)

_STATM = Path("/proc/self/statm")


def resident_memory() -> int:
    """Return the bytes of main memory that this process holds now; elsewhere than on Linux the most it ever held."""
    if _STATM.exists():
        return int(_STATM.read_text().split()[1]) * resource.getpagesize()
    unit = 1 if platform.system() == "Darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def memory_left(granted: int) -> int:
    """Return the bytes of `granted` that the process does not hold yet; at least a tenth, with a warning."""
    held = resident_memory()
    if granted - held < granted // 10:
        logger.warning(
            "%d MB are granted, of which the process and its tables take %d: the job needs more than that",
            granted >> 20, held >> 20,
        )  # fmt: skip
    return max(granted - held, granted // 10)
