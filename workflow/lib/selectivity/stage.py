"""What every stage script needs at its entry: a log file, a fixed number of threads and readable errors."""

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from selectivity.errors import UserError


@contextmanager
def stage_log(path: str | Path) -> Iterator[None]:
    """Log the stage to `path` and to standard error; a `UserError` ends the job with its message alone."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    handlers: list[logging.Handler] = [
        logging.FileHandler(path, mode="w"),
        logging.StreamHandler(sys.stderr),
    ]
    logging.basicConfig(
        format="%(levelname)s %(name)s: %(message)s",
        handlers=handlers,
        force=True,
    )
    logging.getLogger().setLevel(logging.WARNING)  # libraries speak up only when something is wrong
    logging.getLogger("selectivity").setLevel(logging.INFO)
    try:
        yield
    except UserError as error:
        logging.getLogger("selectivity").error("%s", error)
        sys.exit(1)
    except Exception:
        logging.getLogger("selectivity").exception("the stage failed")
        sys.exit(1)
    finally:
        logging.shutdown()


def fix_threads(n_threads: int) -> None:
    """Fix the threads of numeric libraries, whatever Snakemake granted.

    Sums change in their last bits with the number of threads, and Snakemake clips ``threads:`` to ``--cores``; the
    study's number therefore wins, so that results do not depend on the machine. Call before torch is imported.
    """
    for name in ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "NUMBA"):
        os.environ[f"{name}_NUM_THREADS"] = str(n_threads)
    torch = sys.modules.get("torch")
    if torch is not None:
        torch.set_num_threads(n_threads)
