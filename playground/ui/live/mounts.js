// Streamlit's calls of a component, kept in order.
//
// It calls the module again whenever data or theme change. A call that a newer one overtakes while the module is still
// loading is carried out all the same, before the newer one or after it, and is cleaned up at once, in the middle of the
// component's life. The clean-up of the newest call comes when the component has left the page. So a clean-up takes back
// its own call and no other: what the newest of those that are left has asked for holds again.

const MOST_CALLS = 4; // that can be taken back

export class Mounts {
  /**
   * @param make (parent, data) => what lives in `parent`, with `update(data, host)` and `destroy()`
   * @param suits (living, data) => whether it can show these data, too
   */
  constructor(make, suits = () => true) {
    this.make = make;
    this.suits = suits;
    /** @type {WeakMap<ParentNode, {living: object, calls: object[]}>} */
    this.places = new WeakMap();
  }

  /** Obey a call of Streamlit's. @returns its clean-up */
  take({ data, parentElement: parent, setStateValue, setTriggerValue }) {
    const call = { data, host: { setStateValue, setTriggerValue } };
    let place = this.places.get(parent);
    if (place && !this.suits(place.living, data)) place = this.clear(parent);
    if (!place) this.places.set(parent, (place = { living: this.make(parent, data), calls: [] }));
    place.calls = [...place.calls, call].slice(-MOST_CALLS);
    place.living.update(data, call.host);
    return () => this.takeBack(parent, call);
  }

  takeBack(parent, call) {
    const place = this.places.get(parent);
    if (!place) return;
    const newest = place.calls.at(-1);
    place.calls = place.calls.filter((other) => other !== call);
    if (!parent.isConnected || !place.calls.length) this.clear(parent);
    else if (call === newest) {
      const { data, host } = place.calls.at(-1);
      place.living.update(data, host);
    }
  }

  clear(parent) {
    this.places.get(parent).living.destroy();
    this.places.delete(parent);
  }
}
