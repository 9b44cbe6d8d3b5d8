// Keyboard shortcuts on the whole page, except where someone types.

const KEYS = { " ": "play", s: "step", d: "d", g: "g", l: "slow", r: "reset" };
const TYPING = "input, textarea, select, [contenteditable]:not([contenteditable=false]), [role=textbox], [role=combobox]";
const ROLES = ["button", "tab", "switch", "checkbox", "slider", "radio", "option", "menuitem", "link"];
const PRESSABLE = ["button, a, summary, label", ...ROLES.map((role) => `[role=${role}]`)].join(", ");

/** Whether the key belongs to the thing that has the focus. */
function takenBy(target, key, own) {
  if (!(target instanceof Element)) return false;
  if (target.matches(TYPING)) return !own.includes(target); // our own ranges know neither letters nor space
  return key === " " && target.matches(PRESSABLE) && !target.matches(".grip"); // a point is moved by arrows only
}

/**
 * Listen for shortcuts. The capture phase comes before Streamlit's own keys: r would rerun the page as well.
 * @param {{press: (name: string) => void, escape: () => boolean, own: HTMLElement[], there: (name: string) => boolean}} actions
 * @returns {() => void} stops listening
 */
export function listenForKeys({ press, escape, own, there }) {
  const onKey = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const [target] = event.composedPath();
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (key === "Escape") {
      if (!takenBy(target, key, own) && escape()) event.stopPropagation();
      return;
    }
    const name = KEYS[key];
    if (!name || event.shiftKey || !there(name) || takenBy(target, key, own)) return;
    event.preventDefault();
    event.stopPropagation();
    if (!event.repeat || name === "step" || name === "d" || name === "g") press(name);
  };
  document.addEventListener("keydown", onKey, true);
  return () => document.removeEventListener("keydown", onKey, true);
}
