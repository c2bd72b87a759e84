"""Compilation of the measure kernels, cached on disk and never stale.

numba's cache looks at the file of a kernel only, not at the files of the kernels it calls: after an edit of a called
kernel it would go on running the old machine code. The cache folder is therefore named by a digest of the package's
sources.
"""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import numba

# numba tells integers by width and sign, which Python annotations cannot.
Integer: TypeAlias = Any

_PACKAGE = Path(__file__).parent
# Sums may be reordered (SIMD), in an order fixed at compilation: the same bits for any number of threads.
_REORDERED_SUMS = {"reassoc", "nsz", "contract"}


def _cache_folder() -> Path:
    digest = hashlib.sha256()
    for source in sorted(_PACKAGE.rglob("*.py")):
        digest.update(source.name.encode() + b"\0" + source.read_bytes())
    return _PACKAGE / "__pycache__" / f"kernels-{digest.hexdigest()[:12]}"


_numba_config: Any = numba.config
if not _numba_config.CACHE_DIR and os.access(_PACKAGE, os.W_OK):
    _numba_config.CACHE_DIR = str(_cache_folder())


def kernel(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile `function` without the interpreter lock, in strict floating-point arithmetic."""
    return numba.njit(nogil=True, cache=True, error_model="numpy")(function)


def summing_kernel(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile `function` without the interpreter lock; the compiler may reorder its sums."""
    options = numba.njit(nogil=True, cache=True, error_model="numpy", fastmath=_REORDERED_SUMS)
    return options(function)


def finite_kernel(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile `function` as `summing_kernel` does, for arguments that are known to be finite."""
    flags = _REORDERED_SUMS | {"nnan", "ninf"}
    return numba.njit(nogil=True, cache=True, error_model="numpy", fastmath=flags)(function)
