"""A run: a trainer, what it remembers, and the buttons that move it.

All that happens to a run happens in the worker's thread, between two steps: others `post` commands and
read the latest `frame`. So nothing here needs a lock, and a command waits for one step at most.
"""

from __future__ import annotations

import logging
import math
import secrets
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from queue import SimpleQueue
from typing import Any, Literal

from playground.core import Challenge, Config, Diagnosis, Lab, Phase, Snapshot, Verdict
from playground.runtime import picture
from playground.runtime.branch import Branch
from playground.runtime.course import Course
from playground.runtime.history import History
from playground.runtime.limits import Limits
from playground.runtime.rewinds import Rewinds

log = logging.getLogger(__name__)

State = Literal["paused", "running", "stopped"]
MARKS = 40  # changes of live knobs that are remembered
UNHURRIED = 100  # steps a second at which every row can be kept
MOST_DEBT = 0.05  # seconds
LITTLE_LATE = 0.5  # of the time from one frame to the next
HAND_FPS = 40  # frames a second that a hand on a handle can have, however few are asked for
MOST_LATER = 8  # commands that wait for the end of an iteration; whatever comes beyond stays in the inbox
DIAGNOSE_EVERY = 0.35  # seconds: a sentence that changes faster cannot be read
AFRESH = ("reset", "restart", "become")  # commands that throw the model away
ASIDE = ("fps", "speed", "slow", "place", "challenge", "wake")  # commands without a say in where the run goes


class Run:
    """One learner's model, training or waiting. Made by the registry."""

    def __init__(
        self,
        lab: Lab,
        config: Any,
        limits: Limits,
        owner: str = "",
        device: str = "auto",
        branch: Branch | None = None,  # where a race begins, as long as its settings allow it
    ) -> None:
        self.lab, self.config, self.limits, self.owner, self.branch = lab, config, limits, owner, branch
        self.wanted = config  # what the knobs say; Reset builds it
        self.asked = config  # what it has, or will have when it has obeyed
        self.token = secrets.token_urlsafe(16)  # 128 bits: who has it may watch and press
        self.state: State = "paused"
        self.parked = False
        self.closed = False
        self.touched = time.monotonic()
        self.preferred = 0.0  # when it last came before the others
        self.viewers = 0
        self.sharing = 1  # runs, this one among them, that the worker trains in turn
        self.fps = limits.fps
        self.listeners: set[Callable[[], None]] = set()
        self.inbox: deque[tuple[str, Any]] = deque()
        self._later: deque[tuple[str, Any]] = deque()  # commands that wait for the end of the iteration
        self.speed: float | None = lab.pace  # iterations a second; None is as fast as possible
        self.slow = False
        self.challenge: Challenge | None = None
        self.solved: set[str] = set()  # challenges that this run has met
        self.placed: dict[str, tuple[float, float]] = {}  # where the learner has put the handles of the views
        self._build(device, branch)

    def _build(self, device: str, branch: Branch | None) -> None:
        """From nothing, the state before the first step; or from a moment of another run, if these settings fit it."""
        self._device = device
        self.trainer = self.lab.trainer(self.config, device)
        branch = branch if branch and branch.fits(self.config) else None
        self.legs = branch.legs if branch else ()  # how that run came to this moment
        if branch:
            self.trainer.load(branch.states(self.config))
        for name, at in self.placed.items():
            self.trainer.place(name, *at)
        self._moved = False  # a handle, since the last frame
        self._behind = False  # the sentence: a handle has moved since
        self.history = branch.past(self.config) if branch else History(stride=self.trainer.measure_every)
        self.rewinds = Rewinds(Course(self.config), self.limits.rewind_bytes, start=self.step)
        self.goal: int | None = None  # the step that training is to lead to again
        self.halt: int | None = None  # the step at which a run that plays pauses by itself
        self.marks: deque[dict[str, Any]] = deque(maxlen=MARKS)
        self._standing: list[dict[str, Any]] = []  # marks of a run that was put back and has not gone on yet
        self.notice: str | None = None
        self._rewound = False
        self._phases: Iterator[Phase] | None = None  # of an iteration in slow motion
        self._parts: Iterator[None] | None = None  # of one that others' turns may interrupt
        self._asked_for = False  # it is a single one
        self.phase: tuple[Phase, int] | None = None
        self._next_step = 0.0
        self._drawn_at = -math.inf
        self.rate = picture.Rate()
        self._diagnosed = -1.0
        self.sentence = Diagnosis("")
        self.verdict: Verdict | None = None
        self._remember()
        self.draw()

    # --- what others may call, from any thread ---------------------------------------------------------

    def post(self, command: str, value: Any = None) -> None:
        """Ask for something; the registry wakes the worker. `asked` is up to date at once, `config` once it is done."""
        if command == "want":
            self.wanted = value
            return
        if command == "tune":  # only what changes: a restart may be under way that sets the rest
            value, self.asked = value.changes(self.asked), value
        elif command == "restart":
            self.asked = self.wanted = value
        elif command == "become":
            self.asked = self.wanted = value.config
        elif command == "reset":
            self.asked = value = self.wanted
        self.parked = False
        self.inbox.append((command, value))

    @property
    def step(self) -> int:
        return self.trainer.step_count

    @property
    def snapshot(self) -> Snapshot:
        """What was last shown."""
        return self.shown[0]

    @property
    def public_state(self) -> str:
        return "parked" if self.parked and self.state == "running" else self.state

    # --- what the worker calls -------------------------------------------------------------------------

    def advance(self, until: float, interrupted: Callable[[], bool]) -> float | None:
        """Obey, train until the clock says `until`, draw if it is time.

        Returns when to come back (monotonic seconds), or None if there is nothing to do until someone posts.
        """
        if self._frame_due() > time.monotonic():  # a turn ends in time for the next frame
            until = min(until, self._frame_due())
        try:
            self._obey(until, interrupted)
            while self.public_state == "running" and (not self.inbox or self._parts is not None):
                now = time.monotonic()
                if now < self._next_step:
                    break
                self._move(now)
                if self._parts is None:
                    self._take_up()
                    if self.halt is not None and self.step >= self.halt:
                        self._on_pause(None)
                if self.inbox:
                    self._obey(until, interrupted)
                if time.monotonic() >= until or interrupted():
                    break
            return self._look_after()
        except Exception as error:  # a fault in one lab must not take the others' worker with it
            log.exception("run %s of %s failed at step %d", self.token[:6], self.lab.slug, self.step)
            self._phases = self._parts = self.goal = None
            self._asked_for = False
            self._take_up()
            self.state = "stopped"
            self.notice = f"This run stopped at step {self.step}: {type(error).__name__}. Reset starts it afresh."
            self._publish(self.shown[0])
            return None

    def _look_after(self) -> float | None:
        """Draw what is to be seen of this slice; when to come back."""
        now, due = time.monotonic(), self._frame_due()
        if self.state != "running" or now >= due:
            self._check()
        changed = self.drawn != self._look()
        if self.state != "running":
            if self._moved and not changed and now < due:
                return due
            if self._moved or changed or (self._behind and now >= self._diagnosed + DIAGNOSE_EVERY):
                self.draw()
            return self._diagnosed + DIAGNOSE_EVERY if self._behind else None
        if now - self.touched > self.limits.lease_seconds and not self._later:
            self.parked = True
            self.draw()
            return None
        changed = changed or self._moved
        if changed and now >= due:
            self.draw()
            changed = False
        if self._next_step <= now or not changed:
            return max(now, self._next_step)
        return min(self._next_step, due)

    def _frame_due(self) -> float:
        """When the next frame may be drawn: what a hand moves has to follow it."""
        return self._drawn_at + 1 / (max(self.fps, HAND_FPS) if self._moved else self.fps)

    def _move(self, now: float) -> None:
        """One iteration, or in slow motion one phase of it."""
        if self.goal is not None:
            self._repeat(self.goal)
        elif self.slow and self._parts is None:
            self._move_phase()
            self._next_step = now + self.limits.phase_seconds
        elif self._move_part():
            slow = self.speed is not None and self.speed <= UNHURRIED
            self._remember(always=slow or self._asked_for or bool(self._later))
            self._asked_for = False
            # a little debt may be caught up with, so that the asked-for speed is kept on average
            self._next_step = max(self._next_step + 1 / self.speed, now - MOST_DEBT) if self.speed else 0.0

    def _move_part(self) -> bool:
        """An iteration, or the next part of one that takes long. Whether it is complete."""
        if self._phases is not None:
            self._finish_phases()
        self._parts = self._parts or self.trainer.parts()
        for _ in self._parts:
            return False
        self._parts = None
        return True

    def _single_step(self, players: str) -> None:
        """A step that the learner has asked for: it runs until that is complete, and keeps its row."""
        self._on_play(None)
        self._finish_phases()
        if players != "DG":
            self.rewinds.course.add(self.step, players)
        self._parts, self._asked_for, self.halt = self.trainer.parts(players), True, self.step

    def _move_phase(self) -> None:
        if self._phases is None:
            self._phases, self.phase = self.trainer.phases(), None
        phase = next(self._phases, None)
        if phase is None:  # the iteration is complete: its first phase is the next to be shown
            self._phases = None
            self._remember(always=True)
            self._check()
            if self.state != "stopped":
                self._move_phase()
        else:
            self.phase = (phase, 0 if self.phase is None else self.phase[1] + 1)

    def _finish_phases(self) -> None:
        """In slow motion a command that would change an iteration is obeyed when that is complete, and so it is now."""
        if self._phases is not None:
            for _ in self._phases:
                pass
            self._phases = None
            self._remember(always=True)
        self.phase = None

    def _remember(self, always: bool = False) -> None:
        """Keep what the curves and the timeline need. always: also between the strides."""
        step = self.step
        if self._rewound:  # from here on there is another future
            self._rewound, self._standing = False, []
            self.history.truncate(step - 1)
            self.rewinds.truncate(step - 1)
            self.marks = deque((m for m in self.marks if m["step"] < step), maxlen=MARKS)
        if always or self.history.wants(step):
            self.history.record(step, self.trainer.scalars())
        if self.rewinds.wants(step) and self.trainer.finite():
            self.rewinds.keep(step, self.trainer.state)

    def _check(self) -> None:
        """A parameter that is not a number ends the run at its last good state."""
        if self._phases is not None or self._parts is not None or self.trainer.finite():
            return
        step = self.step
        self._go_back(step)
        self.state = "stopped"
        self.notice = (
            f"At step {step:,} a parameter was no longer a finite number. Step {self.step:,} is restored."
            f" {self.trainer.advice()}"
        ).replace(",", " ")

    def _go_back(self, to: int) -> None:
        """Load the latest state at or before `to`. What came after it stays in reach until training goes on."""
        self._phases = self._parts = self.phase = None
        self._asked_for = False
        _, state = self.rewinds.before(to)
        self.trainer.load(state)
        self.rewinds.course.put_back(self.config)
        self._move_marks()
        self._rewound, self.goal = True, None
        self.rate = picture.Rate()
        self._next_step = 0.0
        self._diagnosed = -1.0
        self.verdict = None

    def _repeat(self, goal: int) -> None:
        """An iteration of the past again, or a part of it, on the way to `goal`. Rows and stops are there already."""
        if self._parts is None:
            players = "DG"
            for change in self.rewinds.course.at(self.step):
                if isinstance(change, str):
                    players = change
                else:
                    self.trainer.tune(change)
            self._parts = self.trainer.parts(players)
        whole = self._move_part()
        self.notice = f"Going back: step {self.step} of {goal}."
        if whole and self.step >= goal:
            self._stay()

    def _stay(self) -> None:
        """Whether or not the goal is reached: stand here, with the knobs of now."""
        self.goal = None
        self._stand()
        self._move_marks()
        self._set_knobs(self.config)

    def _move_marks(self) -> None:
        """What is turned while the run stands back acts from where it will go on."""
        for mark in self._standing:
            mark["step"] = self.step

    def _set_knobs(self, config: Config) -> None:
        """Other knobs for a model that stays what it is, whatever tuning does to it."""
        if self.trainer.config != config:
            state = self.trainer.state()
            self.trainer.tune(config)
            self.trainer.load(state)

    # --- commands --------------------------------------------------------------------------------------

    def _obey(self, until: float, interrupted: Callable[[], bool]) -> None:
        """One command after another, but not for longer than anybody's turn."""
        while (asked := self._next_command()) is not None:
            command, value = asked
            if self.goal is not None and command not in ASIDE:
                self._stay()
            getattr(self, f"_on_{command}")(value)
            if time.monotonic() >= until or interrupted():
                return

    def _next_command(self) -> tuple[str, Any] | None:
        """One that may be obeyed now. In the middle of an iteration nothing but its next part may happen: what would
        change it waits for its end, and so does what comes after that."""
        while self.inbox and len(self._later) < MOST_LATER:
            command, value = self.inbox.popleft()
            afresh = command in AFRESH or (command == "rewind" and self.goal is None)
            aside = command in ASIDE and command != "slow"
            if self._parts is None or aside or (afresh and not self._later):
                return command, value
            self._later.append((command, value))
        return None

    def _take_up(self) -> None:
        """The iteration is complete: what has waited for that comes first."""
        self.inbox.extendleft(reversed(self._later))
        self._later.clear()

    def _on_play(self, _: Any) -> None:
        self.state, self.notice, self.halt = "running", None, None
        self._next_step = 0.0

    def _on_until(self, step: int) -> None:
        """Play, and pause at this step."""
        self._on_play(None)
        self.halt = step

    def _on_pause(self, _: Any) -> None:
        self.halt = None
        if self.state == "running":
            self.state = "paused"

    def _stand(self) -> None:
        """Paused, and whatever had stopped the run is over."""
        self.state, self.notice, self.halt = "paused", None, None

    def _on_step(self, _: Any) -> None:
        if self.slow:
            self._stand()
            self._move_phase()
        else:
            self._single_step("DG")

    def _on_player(self, player: str) -> None:
        self._single_step(player)

    def _on_slow(self, on: bool) -> None:
        self._finish_phases()
        self.slow = on
        self._next_step = 0.0

    def _on_speed(self, value: float | None) -> None:
        self.speed = value
        self._next_step = 0.0

    def _on_fps(self, value: float) -> None:
        self.fps = value

    def _on_reset(self, config: Any) -> None:
        self._stand()
        self.config = config
        self._build(self._device, self.branch)

    def _on_challenge(self, name: str | None) -> None:
        """Take up one of the lab's challenges, or drop it."""
        self.challenge = next((c for c in self.lab.challenges if c.name == name), None)
        self.verdict = None
        self._diagnosed = -1.0

    def _on_rewind(self, to: int) -> None:
        """Stand at the latest stop at or before `to`; where its state is not kept, train there again."""
        self._stand()
        goal = self.rewinds.stop(to)
        kept, _ = self.rewinds.before(goal)
        whole = self._phases is None and self._parts is None
        on_the_way = whole and self.rewinds.course.untouched and kept < self.step <= goal
        if not on_the_way:
            self._go_back(goal)
        if self.step < goal:
            self._set_knobs(self.rewinds.course.knobs(self.step))
            self.goal, self.state, self._next_step = goal, "running", 0.0

    def _on_restart(self, config: Any) -> None:
        """Begin again with other knobs, playing if it was playing."""
        if self.state == "stopped" or self._asked_for:
            self._stand()
        self.config = config
        self._build(self._device, self.branch)

    def _on_become(self, moment: Branch) -> None:
        """Stand where a lane of a race stood, and go on as it alone. Reset begins at the first step, as ever."""
        self._stand()
        self.config = moment.config
        self._build(self._device, moment)

    def _on_tune(self, changes: Mapping[str, Any]) -> None:
        """Live knobs act on the running model, and leave a mark on its curves."""
        config = self.config.altered(changes)
        changes = config.changes(self.config)
        self._finish_phases()
        self.trainer.tune(config)
        self.rewinds.course.add(self.step, config)
        for name, value in changes.items():
            words = f"{config.label(name)}: {_short(self.config.value(name))} to {_short(value)}"
            self.marks.append({"step": self.step, "text": words})
            if self._rewound:
                self._standing.append(self.marks[-1])
        self.config = config
        self._diagnosed = -1.0

    def _on_place(self, place: tuple[str, float, float]) -> None:
        """A handle is where the learner looks, not what is learnt: no step, no row, no other future."""
        name, x, y = place
        if name in self.lab.handles:
            self.trainer.place(name, x, y)
            self.placed.pop(name, None)  # the last one that was moved comes last, also after a Reset
            self.placed[name] = (x, y)
            self._moved = True

    def _on_branch(self, asked: tuple[SimpleQueue[Branch], str]) -> None:
        """Somebody wants to go on from here with several, or with one lane of several."""
        reply, lane = asked
        self._finish_phases()
        reply.put(Branch.of(self, lane))

    def _on_wake(self, _: Any) -> None:
        """Being posted to is enough: training goes on."""

    # --- frames ----------------------------------------------------------------------------------------

    def _look(self) -> tuple[Any, ...]:
        """What a frame depends on; a frame is not drawn twice."""
        phase = self.phase[1] if self.phase else None
        knobs = (self.config, self.speed, self.slow, self.notice, len(self.marks), self.challenge, self.verdict)
        return (self.step, self.public_state, phase, *knobs)

    def draw(self) -> None:
        """Look at the model as it is now, and show it."""
        now = time.monotonic()
        snapshot = self.trainer.snapshot()
        self.rate.seen(now, snapshot.step, self.state == "running")
        moved, self._moved = self._moved and self.drawn == self._look(), False
        if now - self._diagnosed > DIAGNOSE_EVERY or (self.state != "running" and not moved):
            self.sentence = self.lab.diagnose(self.trainer, snapshot.scalars, self.history)
            self._diagnosed = now
        self._behind = self._diagnosed < now
        if self.challenge and (self.verdict is None or self.verdict.state == "open"):
            self.verdict = self.challenge.check(self.trainer, snapshot.scalars, self.history)
            if self.verdict.state == "met":
                self.solved.add(self.challenge.name)
        self._publish(snapshot)

    def _publish(self, snapshot: Snapshot) -> None:
        """Build the newest frame and tell the viewers."""
        table = self.history.table()
        self.frame = picture.frame(self, snapshot, *table)
        # only now: one that cannot be shown does not replace one that could; as one tuple, for others read it
        self.shown = (snapshot, *table)
        self.drawn, self._drawn_at = self._look(), self._beat()
        for tell in tuple(self.listeners):
            tell()

    def _beat(self) -> float:
        """When this frame counts as drawn: one that is a little late does not put off the next, so that as many are
        drawn as are asked for. After a longer wait the beat begins anew."""
        due, now = self._frame_due(), time.monotonic()
        return due if 0 <= now - due < LITTLE_LATE / self.fps else now

    def story(self) -> list[Snapshot]:
        """The run so far as snapshots: the scalars of its past, and everything of now."""
        return picture.story(*self.shown)


def _short(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
