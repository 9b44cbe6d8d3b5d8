// The hand on the handles: tells the run where they are, no more often than it can answer with a picture.

const ANSWER = 500; // ms without a frame after which the next place is told all the same

export class Hand {
  /** @param {(command: object) => void} send */
  constructor(send) {
    this.send = send;
    this.wanted = new Map(); // name of a handle -> where the hand has it now
  }

  place(name, to) {
    this.wanted.set(name, to);
    if (this.waiting || this.pending) return;
    this.pending = requestAnimationFrame(() => {
      this.pending = null;
      this.tell();
    });
  }

  /** A frame has been drawn: whatever has been moved meanwhile can be told. */
  answered() {
    clearTimeout(this.waiting);
    this.waiting = null;
    if (this.wanted.size && !this.pending) this.tell();
  }

  tell() {
    for (const [name, to] of this.wanted) this.send({ do: "place", name, to });
    this.wanted.clear();
    this.waiting = setTimeout(() => this.answered(), ANSWER);
  }

  /** Another run: what was meant for the last one is not for it. */
  stop() {
    clearTimeout(this.waiting);
    if (this.pending) cancelAnimationFrame(this.pending);
    this.wanted.clear();
    this.waiting = this.pending = null;
  }
}
