"""The frame socket: frames to the browser, the learner's buttons back.

Frames are binary (`runtime/frames.py`). The browser answers each with {"drawn": step} once it is on the
screen, and only then gets the next one, the newest there is: a slow browser misses frames and never
queues them. Commands are {"do": name, ...}; what is not understood is ignored.
"""

from __future__ import annotations

import asyncio
import json
import math
from contextlib import suppress
from typing import Any

from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect
from streamlit import config
from streamlit.web.server.server_util import is_url_from_allowed_origins

from playground.runtime import Registry, Run, registry

GONE = 4404  # there is no such run (any more)
REFUSED = 4403
CROWDED = 4429
MOST_VIEWERS = 4  # of one run: a tab, and a few that are just closing
BREATH = 0.005  # seconds after a message that no frame waits for: more often nobody presses a button
AWAY_AFTER = 60  # seconds without a sign that a frame was drawn: the tab is hidden, and holds no place
LONGEST_MESSAGE = 300  # characters
LONGEST_NAME = 40  # of a handle
PLAIN = ("play", "pause", "step", "reset")


async def frames(socket: WebSocket) -> None:
    """One viewer of one run."""
    if not _same_origin(socket):
        await socket.close(REFUSED)
        return
    runs = registry()
    run = runs.find(socket.path_params["token"])
    await socket.accept()  # a browser sees the code of a close only after the handshake
    if run is None:
        await socket.close(GONE)
        return
    if len(run.listeners) >= MOST_VIEWERS:
        await socket.close(CROWDED)
        return
    await _Viewer(socket, runs, run).watch()


class _Viewer:
    def __init__(self, socket: WebSocket, runs: Registry, run: Run) -> None:
        self.socket, self.runs, self.run = socket, runs, run
        self.new_frame, self.drawn = asyncio.Event(), asyncio.Event()
        self.away = False

    async def watch(self) -> None:
        """Send and receive until the browser leaves or the run is gone."""
        loop = asyncio.get_running_loop()

        def tell() -> None:
            with suppress(RuntimeError):  # the loop is closed: nobody is waiting
                loop.call_soon_threadsafe(self.new_frame.set)

        self.run.listeners.add(tell)
        self.run.viewers += 1
        sending = asyncio.create_task(self._send())
        try:
            with suppress(WebSocketDisconnect, RuntimeError):  # the latter where sending has noticed it first
                while True:
                    if not self._hear(await self.socket.receive_text()):
                        await asyncio.sleep(BREATH)
        finally:
            self.run.listeners.discard(tell)
            self.run.viewers -= not self.away
            sending.cancel()
            with suppress(asyncio.CancelledError, WebSocketDisconnect, RuntimeError):
                await sending

    async def _send(self) -> None:
        shown: bytes | None = None
        while not self.run.closed:
            frame = self.runs.touch(self.run)
            if frame is not shown:
                shown = frame
                self.drawn.clear()
                await self.socket.send_bytes(frame)
                await self._until_drawn()
            else:
                self.new_frame.clear()
                if frame is self.run.frame:
                    await self.new_frame.wait()
        await self.socket.close(GONE)

    async def _until_drawn(self) -> None:
        """The newest frame is sent when the last one is on the screen; a hidden tab draws nothing."""
        try:
            async with asyncio.timeout(AWAY_AFTER):  # wait_for could lose a cancellation that comes with the answer
                await self.drawn.wait()
        except TimeoutError:
            self.away = True
            self.run.viewers -= 1
            await self.drawn.wait()
            self.away = False
            self.run.viewers += 1

    def _hear(self, message: str) -> bool:
        """Do what the browser asks. Whether it was no more than the answer that a frame waits for."""
        asked = read(message)
        if asked == ("drawn", None):
            awaited = not self.drawn.is_set()
            self.drawn.set()
            return awaited
        if asked:
            self.runs.post(self.run, *asked)
        return False


def read(message: str) -> tuple[str, Any] | None:
    """A browser's message as a command of `Run`, or None if it is not one."""
    try:
        words = json.loads(message) if len(message) <= LONGEST_MESSAGE else None
    except ValueError:
        return None
    if not isinstance(words, dict):
        return None
    if "drawn" in words:
        return "drawn", None
    if "fps" in words:
        fps = _number(words["fps"], 1, registry().limits.fps_most)
        return ("fps", fps) if fps else None
    match words.get("do"):
        case str(plain) if plain in PLAIN:
            return plain, None
        case "d" | "g" as player:
            return "player", player.upper()
        case "slow":
            return "slow", bool(words.get("on"))
        case "speed":
            value = words.get("value")
            speed = _number(value, 0.2, 1e6)
            return ("speed", speed) if speed or value is None else None
        case "rewind":
            to = _number(words.get("to"), 0, 1e12)
            return None if to is None else ("rewind", int(to))
        case "place":
            return _place(words.get("name"), words.get("to"))
    return None


def _place(name: object, to: object) -> tuple[str, Any] | None:
    """Where a handle has been put."""
    if not isinstance(name, str) or not 0 < len(name) <= LONGEST_NAME or not isinstance(to, list) or len(to) != 2:
        return None
    x, y = (_number(value, -1e6, 1e6) for value in to)
    return None if x is None or y is None else ("place", (name, x, y))


def _number(value: object, low: float, high: float) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return min(max(float(value), low), high)


def _same_origin(socket: WebSocket) -> bool:
    """Whether the page that opened the socket is ours, or one that Streamlit's own settings allow."""
    origin = socket.headers.get("origin")
    if origin is None:  # not a browser: there is no user whose tab could be misused
        return True
    host = origin.partition("://")[2]
    return host == socket.headers.get("host") or is_url_from_allowed_origins(origin)


def routes() -> list[WebSocketRoute]:
    """Where the browser looks for the socket, also when the app does not live at the root of its host."""
    base = str(config.get_option("server.baseUrlPath") or "").strip("/")
    return [WebSocketRoute(f"/{base}/frames/{{token}}" if base else "/frames/{token}", frames)]
