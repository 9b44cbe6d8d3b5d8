"""Start with `streamlit run app.py`: the pages, and beside them the socket that carries the frames."""

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import streamlit as st

from playground import devices
from playground.runtime import registry
from playground.ui.socket import routes

SHELL = Path(__file__).parent / "playground" / "ui" / "shell.py"


@asynccontextmanager
async def training(_: st.App) -> AsyncIterator[dict[str, Any]]:
    """Runs live as long as the server."""
    devices.pick()  # a PLAYGROUND_DEVICE that is not there stops the server, not a learner
    gc.freeze()  # what the imports made is never garbage: the collector need not look at it again
    yield {}
    registry().close()


app = st.App(SHELL, routes=routes(), lifespan=training)
