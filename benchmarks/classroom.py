"""Thirty learners on one server: what each gets, how fairly, how soon Pause answers, and what it costs."""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

import websockets

from benchmarks.browser import cpu_seconds, memory_mb
from benchmarks.report import Report, percentile
from playground.labs import LABS
from playground.runtime.frames import decode

LEARNERS = 30
SECONDS = 8
ROOT = Path(__file__).parents[1]


class Client:
    """A browser's part of the socket: acknowledge each frame, remember the last one."""

    def __init__(self, url: str, token: str) -> None:
        self.url, self.token = f"{url.replace('http', 'ws', 1)}/frames/{token}", token
        self.header: dict[str, Any] = {}
        self.frames = 0
        self.new = asyncio.Event()

    async def __aenter__(self) -> Client:
        self.socket = await websockets.connect(self.url, max_size=None)
        self.task = asyncio.create_task(self._listen())
        await self.until(lambda: bool(self.header))
        return self

    async def __aexit__(self, *_: object) -> None:
        self.task.cancel()
        await self.socket.close()

    async def _listen(self) -> None:
        async for message in self.socket:
            self.header, _ = decode(bytes(message))
            self.frames += 1
            self.new.set()
            await self.socket.send(json.dumps({"drawn": self.header["step"]}))

    async def say(self, command: str, **more: Any) -> None:
        await self.socket.send(json.dumps({"do": command, **more}))

    async def until(self, true: Any) -> None:
        while not true():
            self.new.clear()
            await asyncio.wait_for(self.new.wait(), 20)

    async def pause(self) -> float:
        """Milliseconds until a frame says so."""
        start = time.perf_counter()
        await self.say("pause")
        await self.until(lambda: self.header["state"] == "paused")
        return 1000 * (time.perf_counter() - start)


async def total(clients: list[Client], seconds: float) -> list[int]:
    """Iterations of each client's run while all are watched."""
    for client in clients:
        await client.say("play")
        await client.until(lambda client=client: client.header["state"] == "running")
    before = [client.header["step"] for client in clients]
    await asyncio.sleep(seconds)
    return [client.header["step"] - step for client, step in zip(clients, before, strict=True)]


def jain(shares: list[int]) -> float:
    return sum(shares) ** 2 / (len(shares) * sum(share**2 for share in shares))


async def measure(report: Report, slug: str, url: str, pid: int) -> None:
    asked = (f"{url}/make?lab={slug}&seed={seed}" for seed in range(LEARNERS))
    tokens = [json.load(urllib.request.urlopen(address))["token"] for address in asked]
    report.row("memory with no learner but thirty waiting runs", memory_mb(pid), "MB")
    async with Client(url, tokens[0]) as alone:
        await total([alone], 2)
        one = [sum(await total([alone], SECONDS))]
        await alone.pause()
    clients = [await Client(url, token).__aenter__() for token in tokens]
    await total(clients, 3)
    shares = await total(clients, SECONDS * 2)
    frames = [client.frames for client in clients]
    await asyncio.sleep(3)
    rate = statistics.median((c.frames - f) / 3 for c, f in zip(clients, frames, strict=True))
    answers = []
    for client in clients:
        answers.append(await client.pause())
        await client.say("play")
    memory = memory_mb(pid)
    for client in clients:
        await client.pause()
        await client.__aexit__()
    async with Client(url, tokens[0]) as alone:  # again, so that a drift of the machine is seen
        one.append(sum(await total([alone], SECONDS)))
        frame = await frame_seconds(alone, pid)
    least, most = (0.9, 2.5) if slug == "coin-gan" else (None, None)  # bars for a light model; others are shown
    pause = 300 if slug == "mnist-gan" else 100  # there a step is longer than a slice
    report.row("one learner's iterations a second", statistics.mean(one) / SECONDS, "it/s")
    report.row(f"all {LEARNERS} together, of one learner's", sum(shares) / 2 / statistics.mean(one), "x", least)
    report.row("Jain's fairness", jain(shares), "", 0.98)
    report.row("frames a second each", rate, "fps", 1)
    report.row("Pause answered, median", statistics.median(answers), "ms")
    report.row("Pause answered, 95 of 100", percentile(answers, 0.95), "ms", most=pause)
    report.row("memory with thirty learners", memory, "MB", most=None if slug == "mnist-gan" else 600)
    report.row("server's CPU time a frame", 1000 * frame, "ms", most=most)


async def frame_seconds(alone: Client, pid: int) -> float:
    """The server's CPU time for one frame more: the same 30 steps a second, watched at 30 and at 1 frames a second."""
    await alone.say("speed", value=30)
    used, drawn = [], []
    for fps in (1, 30, 1, 30):
        await alone.socket.send(json.dumps({"fps": fps}))
        await asyncio.sleep(0.5)
        cpu, frames = cpu_seconds(pid), alone.frames
        await asyncio.sleep(5)
        used.append(cpu_seconds(pid) - cpu)
        drawn.append(alone.frames - frames)
    return (used[1] + used[3] - used[0] - used[2]) / (drawn[1] + drawn[3] - drawn[0] - drawn[2])


def run(report: Report) -> None:
    for slug in ("coin-gan", "gan-2d", "mnist-gan"):
        classroom(report, slug)


def classroom(report: Report, slug: str) -> None:
    report.head(f"{LEARNERS} learners on one server ({LABS[slug].title}, over the frame socket)")
    port = 8600 + os.getpid() % 300
    command = [sys.executable, "-m", "streamlit", "run", "benchmarks/classroom_app.py"]
    options = ["--server.headless=true", "--server.address=127.0.0.1", f"--server.port={port}"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    server = subprocess.Popen([*command, *options], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
    try:
        url = f"http://127.0.0.1:{port}"
        for _ in range(300):
            try:
                urllib.request.urlopen(f"{url}/_stcore/health", timeout=1)
                break
            except OSError:
                time.sleep(0.1)
        asyncio.run(measure(report, slug, url, server.pid))
    finally:
        server.terminate()
        server.wait(15)
