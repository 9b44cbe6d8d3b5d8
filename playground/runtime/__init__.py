"""Runs that live on the server: stepped by one fair worker, watched through frames, found by token."""

from playground.runtime.branch import Branch
from playground.runtime.limits import Limits
from playground.runtime.registry import Registry, ServerFull, registry
from playground.runtime.run import Run

__all__ = ["Branch", "Limits", "Registry", "Run", "ServerFull", "registry"]
