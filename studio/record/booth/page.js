// Parts of the page, and what the browser keeps for us: it may refuse, then nothing is kept, and nothing breaks.

/**
 * The one part of that name; `kind` where its own properties are needed.
 * @template {Element} [T=HTMLElement]
 * @param {ParentNode} root @param {string} selector @param {new () => T} [kind] @returns {T}
 */
export function part(root, selector, kind) {
  const found = root.querySelector(selector);
  if (!(found instanceof (kind ?? HTMLElement))) throw new Error(`The booth has no ${selector}.`);
  return /** @type {T} */ (found);
}

/** @param {string} tag @param {string} words @param {string} [name] of its class */
export function element(tag, words, name = "") {
  const node = document.createElement(tag);
  if (name) node.className = name;
  node.textContent = words;
  return node;
}

/** @param {string} words @param {() => void} press @param {string} [name] of its class */
export function button(words, press, name = "") {
  const node = document.createElement("button");
  node.type = "button";
  node.className = name;
  node.textContent = words;
  node.addEventListener("click", press);
  return node;
}

export const remembered = {
  /** @param {string} key @returns {string} */
  get(key) {
    try {
      return localStorage.getItem(key) ?? "";
    } catch {
      return "";
    }
  },
  /** @param {string} key @param {string} text nothing, to forget it */
  set(key, text) {
    try {
      if (text) localStorage.setItem(key, text);
      else localStorage.removeItem(key);
    } catch {
      // then it is asked for again
    }
  },
};

/** @param {number} ms */
export const after = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
