"""What watching costs: frames, iterations, answers and memory with a real browser in front of a lab."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode

from playwright.sync_api import Page

from benchmarks.browser import browser_seconds, chromium, memory_mb, opened, serving
from benchmarks.report import Report, percentile
from playground.core import Trainer
from playground.labs import LABS
from playground.race import Lanes, side_by_side

MEMORY_MINUTES = 5
GAN_LAB = {  # as its four pages begin: two ReLU layers of few units, plain SGD, the log loss, 150 points a batch
    "batch": 150,
    "optimiser": "sgd",
    "beta1": 0.0,
    "scale_d": 1.0,
    "r1": 0.0,
    "ema": 0.0,
    "decay": "none",
    "act_d": "relu",
    "lr_g": 0.05,
    "lr_d": 0.05,
}
GAN_LAB_NETS = (("line", 5, 1), ("blobs", 8, 1), ("ring", 11, 2), ("moons", 14, 3))  # shape, units, D steps
DIGITS = ("mnist-gan", "vae", "diffusion-digits")  # where a step is longer than a turn
RIVAL = {"loss": "wgan-gp", "d_steps": 5, "r1": 0.0}
GAN_LAB_MOST = 60  # iterations a second: it takes one per animation frame

# The first element that matches, wherever a shadow root hides it.
FIND = """const find = (root, selector) => {
    for (const node of root.querySelectorAll('*')) {
      if (node.matches(selector)) return node;
      const inside = node.shadowRoot && find(node.shadowRoot, selector);
      if (inside) return inside;
    }
    return null;
  };
  const canvas = () => find(document, 'canvas[data-frame]');"""

# Every animation frame for some seconds: is this still the same canvas, and is there something on it?
LOOK = (
    f"async (seconds) => {{ {FIND}"
    """
  const first = canvas();
  let blank = 0, other = 0, looks = 0;
  const end = performance.now() + 1000 * seconds;
  while (performance.now() < end) {
    await new Promise(requestAnimationFrame);
    looks += 1;
    if (looks % 5) continue;
    const now = canvas();
    other += now !== first;
    const pixels = now.getContext('2d').getImageData(0, 0, now.width, now.height).data;
    blank += !pixels.some((value, index) => index % 4 === 3 && value > 0);
  }
  return {blank, other};
}"""
)

# How much is painted and trained, without looking, which would itself keep the browser busy.
COUNT = (
    f"async (seconds) => {{ {FIND}"
    """
  const {dataset} = canvas(), painted = Number(dataset.painted), step = Number(dataset.frame);
  const start = performance.now();
  await new Promise((go) => setTimeout(go, 1000 * seconds));
  const passed = (performance.now() - start) / 1000;
  return {fps: (Number(dataset.painted) - painted) / passed, rate: (Number(dataset.frame) - step) / passed};
}"""
)

# From the click to the frame that says so, as the learner sees it.
PRESS = (
    f"async (name) => {{ {FIND}"
    """
  const {dataset} = canvas(), button = find(document, `button[aria-label="${name}"]`);
  const wanted = name === 'Pause' ? 'paused' : 'running';
  const start = performance.now();
  button.click();
  while (dataset.state !== wanted) await new Promise((go) => setTimeout(go, 1));
  return performance.now() - start;
}"""
)


def show_all(page: Page) -> None:
    """Switch every layer on."""
    off = page.locator("button.switch[aria-pressed=false]")
    while off.count():
        off.first.click()


def play(page: Page) -> None:
    page.get_by_role("button", name="Play", exact=True).click()
    page.wait_for_selector("canvas[data-state=running]")


@dataclass(frozen=True)
class Case:
    """A page to watch, and the trainer that it runs."""

    title: str
    path: str
    trainer: Callable[[], Trainer]
    pause: float = 150  # ms that Pause may take, 95 of 100


def page_of(slug: str) -> Case:
    return Case(LABS[slug].title, slug, LABS[slug].trainer, 250 if slug in DIGITS else 150)


def race() -> Case:
    """A GAN and a WGAN-GP in the plane, side by side."""
    lab = LABS["gan-2d"]
    lanes = Lanes((lab.config(), lab.config(**RIVAL)))
    path = f"gan-2d?beside={','.join(f'{name}:{value}' for name, value in RIVAL.items())}"
    return Case(f"{lab.title}, two side by side", path, lambda: side_by_side(lab, 2).trainer(lanes))


def unwatched(case: Case, seconds: float) -> float:
    """Iterations a second of the trainer alone."""
    trainer = case.trainer()
    end, start = time.monotonic() + seconds, time.monotonic()
    while time.monotonic() < end:
        for _ in range(20):
            trainer.step()
    return trainer.step_count / (time.monotonic() - start)


def painting(report: Report, case: Case) -> None:
    """What a frame costs the browser. Processor time counts no waiting: it tells something on a busy machine, too."""
    with serving() as url, chromium() as browser, opened(browser, f"{url}/{case.path}") as page:
        show_all(page)
        play(page)
        page.wait_for_timeout(2000)
        costs = []
        for _ in range(5):
            before = browser_seconds(browser)
            painted = 4 * page.evaluate(COUNT, 4)["fps"]
            costs.append(1000 * (browser_seconds(browser) - before) / painted)
        report.row("the browser's processor time a painted frame", statistics.median(costs), "ms")


def frames(report: Report, case: Case) -> None:
    with serving(PLAYGROUND_FPS="30") as url, chromium() as browser, opened(browser, f"{url}/{case.path}") as page:
        show_all(page)
        play(page)
        looks = [page.evaluate(COUNT, 4) for _ in range(5)]
        report.row("painted frames a second, 30 asked for", statistics.median(x["fps"] for x in looks), "fps", 25)
        looked = page.evaluate(LOOK, 8)
        report.row("blank frames", looked["blank"], "", most=0)
        report.row("canvases replaced", looked["other"], "", most=0)


def iterations_and_answers(report: Report, case: Case) -> None:
    with serving() as url, chromium() as browser:
        ratios = []
        with opened(browser, f"{url}/{case.path}") as page:
            show_all(page)
            for _ in range(5):
                play(page)
                page.wait_for_timeout(500)
                watched = page.evaluate(COUNT, 4)["rate"]
                page.get_by_role("button", name="Pause", exact=True).click()
                page.wait_for_timeout(700)
                ratios.append(watched / unwatched(case, 3))
            report.row("iterations while watched at 15 fps, of the trainer alone", statistics.median(ratios), "x", 0.9)
            answers = []
            for _ in range(40):
                page.evaluate(PRESS, "Play")
                page.wait_for_timeout(120)
                answers.append(page.evaluate(PRESS, "Pause"))
            report.row("Pause answered, median", statistics.median(answers), "ms")
            report.row("Pause answered, 95 of 100", percentile(answers, 0.95), "ms", most=case.pause)


def browser_memory(report: Report, minutes: float = MEMORY_MINUTES) -> None:
    """Of the page's process as a whole: frames are buffers outside of JavaScript's own heap."""
    with serving() as url, chromium() as browser, opened(browser, f"{url}/coin-gan") as page:
        play(page)
        page.wait_for_timeout(30_000)  # caches fill once
        devtools, processes = page.context.new_cdp_session(page), browser.new_browser_cdp_session()
        heap, resident = [], []
        for round_ in range(6):
            if round_:
                page.wait_for_timeout(minutes * 60_000 / 5)
            devtools.send("HeapProfiler.collectGarbage")
            devtools.send("Performance.enable")
            metrics = devtools.send("Performance.getMetrics")["metrics"]
            heap.append(next(m["value"] for m in metrics if m["name"] == "JSHeapUsedSize") / 2**20)
            running = processes.send("SystemInfo.getProcessInfo")["processInfo"]
            resident.append(sum(memory_mb(p["id"]) for p in running if p["type"] == "renderer"))
        report.row(f"growth of JavaScript's heap in {minutes:g} minutes", max(heap) - heap[0], "MB", most=30)
        report.row(f"growth of the page's process in {minutes:g} minutes", max(resident) - resident[0], "MB", most=30)


def against_gan_lab(report: Report) -> None:
    """Iterations a second of the same small networks, watched, against the most that GAN Lab can show."""
    with serving() as url, chromium() as browser:
        for shape, width, d_steps in GAN_LAB_NETS:
            asked = GAN_LAB | {"target": shape, "width_g": width, "width_d": width, "d_steps": d_steps}
            with opened(browser, f"{url}/gan-2d?{urlencode(asked)}") as page:
                play(page)
                page.wait_for_timeout(500)
                rate = page.evaluate(COUNT, 5)["rate"]
            what = (
                f"iterations a second as in GAN Lab, {shape} {width}-{width}, D steps {d_steps}, of its {GAN_LAB_MOST}"
            )
            report.row(what, rate / GAN_LAB_MOST, "x", 5)


def run(report: Report) -> None:
    for case in (*map(page_of, ("coin-gan", "gan-2d", "diffusion", "four-models", *DIGITS)), race()):
        report.head(f"Watching {case.title} in Chromium, all layers on")
        painting(report, case)
        frames(report, case)
        iterations_and_answers(report, case)
    report.head("Watching the same networks as in GAN Lab")
    against_gan_lab(report)
    report.head("Memory of the page, coin GAN")
    browser_memory(report)
