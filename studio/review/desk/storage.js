// What the browser keeps for us. It may refuse, or be full: then nothing is kept, and nothing breaks.

/** @typedef {ReturnType<typeof openStorage>} Kept */

/** @param {() => Storage} find the storage; even to look for it may be refused */
export function openStorage(find) {
  return {
    /** @param {string} key @returns {string | null} */
    get(key) {
      try {
        return find().getItem(key);
      } catch {
        return null;
      }
    },
    /**
     * Whether it was kept.
     * @param {string} key @param {string} text
     */
    set(key, text) {
      try {
        find().setItem(key, text);
        return true;
      } catch {
        return false;
      }
    },
    /** @param {string} key */
    remove(key) {
      try {
        find().removeItem(key);
      } catch {
        // it was not kept either
      }
    },
    keys() {
      try {
        return Object.keys(find());
      } catch {
        return [];
      }
    },
  };
}

/**
 * The value of a JSON text, null for none or one that is damaged.
 * @param {string | null} text @returns {any}
 */
export function parsed(text) {
  try {
    return text === null ? null : JSON.parse(text);
  } catch {
    return null;
  }
}

/** Outlives the tab. */
export const lasting = openStorage(() => localStorage);
/** Lives as long as the tab. */
export const ofTab = openStorage(() => sessionStorage);
