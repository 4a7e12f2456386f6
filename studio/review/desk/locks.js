// One tab has a clip: another tab of this browser with the same draft would seem to be the same client.

/**
 * Resolves to what lets go of the clip, or to null where another tab has it.
 * @param {string} person @param {number} clip @returns {Promise<(() => void) | null>}
 */
export function holdClip(person, clip) {
  if (!navigator.locks) return Promise.resolve(() => {});
  return new Promise((resolve) => {
    navigator.locks.request(`studio.review.${person}.${clip}`, { ifAvailable: true }, (lock) => {
      if (!lock) return resolve(null);
      return new Promise((release) => resolve(() => release(undefined)));
    });
  });
}
