// The frame socket: newest frame only, acknowledged after drawing, opened again when it breaks.

const FIRST_FRAME = 3000; // ms; without a frame by then, something is wrong with this connection
const MOST_REFUSALS = 2; // connections in a row that never opened: this host refuses sockets
const GONE = 4404; // the server's word for a run that is no more
const BACKOFF = [500, 1000, 2000, 4000, 8000];

export class FrameSocket {
  /**
   * @param {string} url
   * @param {{fps: number, draw: (buffer: ArrayBuffer) => number, refused: () => void, gone: () => void,
   *   waiting: (reconnecting: boolean) => void}} handlers draw returns the step it has drawn
   */
  constructor(url, handlers) {
    this.url = url;
    this.handlers = handlers;
    this.everOpen = false;
    this.refusals = 0;
    this.tries = 0;
    this.outbox = [];
    this.closed = false;
    this.open();
  }

  open() {
    this.newest = null;
    this.got = false;
    const socket = new WebSocket(this.url);
    this.socket = socket;
    socket.binaryType = "arraybuffer";
    this.patience = setTimeout(() => !this.got && this.fail(socket), FIRST_FRAME);
    socket.onopen = () => {
      this.everOpen = true; // this host lets sockets through; if it is silent now, it is only busy
      socket.send(JSON.stringify({ fps: this.handlers.fps }));
      for (const text of this.outbox.splice(0)) socket.send(text);
    };
    socket.onmessage = ({ data }) => typeof data !== "string" && this.receive(data);
    socket.onclose = ({ code }) => socket === this.socket && this.lost(code);
  }

  /** Frames may arrive faster than the screen paints: only the newest is drawn. */
  receive(buffer) {
    if (!this.got) {
      this.got = true;
      this.tries = 0;
      clearTimeout(this.patience);
      this.handlers.waiting(false);
    }
    this.newest = buffer;
    this.scheduled ??= requestAnimationFrame(() => {
      this.scheduled = null;
      if (this.newest && !this.closed) this.paint();
    });
  }

  paint() {
    const buffer = this.newest;
    this.newest = null;
    const drawn = this.handlers.draw(buffer);
    if (this.ready()) this.socket.send(JSON.stringify({ drawn }));
  }

  /** Commands given while the socket is not open wait for it, a few of them. */
  send(command) {
    const text = JSON.stringify(command);
    if (this.ready()) this.socket.send(text);
    else if (this.outbox.length < 8) this.outbox.push(text);
  }

  ready() {
    return this.socket.readyState === WebSocket.OPEN;
  }

  fail(socket) {
    socket.onclose = null;
    socket.close();
    this.lost(0);
  }

  lost(code) {
    clearTimeout(this.patience);
    if (this.closed) return;
    if (code === GONE) {
      this.close();
      this.handlers.gone();
    } else if (!this.everOpen && (this.refusals += 1) >= MOST_REFUSALS) {
      this.close();
      this.handlers.refused();
    } else {
      this.handlers.waiting(true);
      const wait = BACKOFF[Math.min(this.tries, BACKOFF.length - 1)];
      this.tries += 1;
      this.retry = setTimeout(() => this.open(), wait);
    }
  }

  close() {
    this.closed = true;
    clearTimeout(this.patience);
    clearTimeout(this.retry);
    if (this.scheduled) cancelAnimationFrame(this.scheduled);
    this.socket.onclose = null;
    this.socket.onmessage = null;
    this.socket.close();
  }
}

/**
 * Where the frame socket of `token` is. Pages live one level below the app, so the last segment of the address
 * is dropped; the address Streamlit's own script came from tells the app's root for certain.
 */
export function socketUrl(token, base) {
  const url = new URL("frames/" + encodeURIComponent(token), base || appRoot());
  url.protocol = url.protocol.replace("http", "ws");
  return url.href;
}

function appRoot() {
  for (const { name } of performance.getEntriesByType("resource")) {
    const cut = name.search(/\/static\/js\/index\.[^/]*\.js/);
    if (cut > 0 && name.startsWith(window.location.origin)) return name.slice(0, cut + 1);
  }
  return document.baseURI;
}
