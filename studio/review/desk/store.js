// The one place where the desk's state is: changed by transitions, watched by what draws and what sends.

/** @import { State, Store } from "./types.d.ts" */

/** @param {State} initial @returns {Store} */
export function openStore(initial) {
  let state = initial;
  /** @type {((now: State, before: State) => void)[]} */
  const watchers = [];
  return {
    get state() {
      return state;
    },
    apply(transition, ...args) {
      const before = state;
      const now = (state = transition(before, ...args));
      if (now !== before) for (const watcher of watchers) watcher(now, before);
    },
    watch(watcher) {
      watchers.push(watcher);
    },
  };
}
