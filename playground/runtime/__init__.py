"""Runs that live on the server: stepped by one fair worker, watched through frames, found by token."""

from playground.runtime.branch import Branch, Leg
from playground.runtime.limits import Limits
from playground.runtime.registry import Registry, ServerFull, registry
from playground.runtime.run import Run

__all__ = ["Branch", "Leg", "Limits", "Registry", "Run", "ServerFull", "registry"]
