"""The live canvas: what the browser runs, as one script and one style sheet."""

from playground.ui.live.assemble import javascript, stylesheet

__all__ = ["javascript", "stylesheet"]
