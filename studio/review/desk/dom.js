// Parts of the page.

/**
 * The one part of that name; `kind` where its own properties are needed.
 * @template {Element} [T=HTMLElement]
 * @param {ParentNode} root @param {string} selector @param {new () => T} [kind] @returns {T}
 */
export function part(root, selector, kind) {
  const found = root.querySelector(selector);
  if (!(found instanceof (kind ?? HTMLElement))) throw new Error(`The desk has no ${selector}.`);
  return /** @type {T} */ (found);
}

/** @param {ParentNode} root @param {string} selector @returns {HTMLElement[]} */
export const parts = (root, selector) => [...root.querySelectorAll(selector)].filter((node) => node instanceof HTMLElement);

/**
 * Words of strangers are only ever text.
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag @param {string} name of its class @param {string} words
 */
export function element(tag, name = "", words = "") {
  const node = document.createElement(tag);
  if (name) node.className = name;
  node.textContent = words;
  return node;
}

/** @param {string} words @param {string} hint its key @param {(event: MouseEvent) => void} press @param {string} name of its class */
export function button(words, hint, press, name) {
  const node = element("button", name);
  node.type = "button";
  node.append(element("span", "", words));
  if (hint) node.append(element("kbd", "", hint));
  node.addEventListener("click", press);
  return node;
}

/** @param {Element} node @param {string} name of an attribute @param {boolean} value */
export const mark = (node, name, value) => node.setAttribute(name, String(value));
