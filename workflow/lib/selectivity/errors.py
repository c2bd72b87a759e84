"""The errors that a user can meet: each message says what was found, what was expected and what to do."""

import difflib
from collections.abc import Iterable


class UserError(Exception):
    """A mistake that the user can mend; shown without a traceback."""


class ConfigError(UserError):
    """The site or study configuration is wrong."""


class DataError(UserError):
    """An input file is missing, damaged or not of the expected form."""


class ProvenanceError(UserError):
    """A result file was made with other settings than those asked for."""


def nearest(name: str, valid: Iterable[str]) -> str:
    """Return ``"; did you mean 'x'?"`` for the valid name closest to `name`, else the list of valid names."""
    names = sorted(str(item) for item in valid)
    close = difflib.get_close_matches(str(name), names, n=1, cutoff=0.6)
    if close:
        return f"; did you mean '{close[0]}'?"
    shown = ", ".join(names[:20]) + (", ..." if len(names) > 20 else "")
    return f"; valid names: {shown}" if names else ""
