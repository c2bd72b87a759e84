"""The fixtures that several files of unit tests share."""

from ascents import conv, linear
from bad_server import fetch, server

__all__ = ["conv", "fetch", "linear", "server"]
