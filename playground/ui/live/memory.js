// What the browser keeps for the learner. Storage may be refused or full: then nothing is kept, and nothing breaks.

const PREFIX = "generative-playground/";

/** @param {"localStorage" | "sessionStorage"} place @returns {any} what was kept under `key`; null if there is nothing */
export function recall(place, key) {
  try {
    return JSON.parse(window[place].getItem(PREFIX + key));
  } catch {
    return null;
  }
}

export function keep(place, key, value) {
  try {
    window[place].setItem(PREFIX + key, JSON.stringify(value));
  } catch {
    // It holds for as long as the page does.
  }
}
