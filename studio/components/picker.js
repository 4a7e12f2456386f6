// element, trigger, props, watch come from gr.HTML.
const cards = [...element.querySelectorAll("[role=radio]")];
const rows = [...element.querySelectorAll(".ia-picker-row")].map((row) => [...row.querySelectorAll("[role=radio]")]);

function mark() {
  for (const card of cards) {
    const chosen = card.dataset.pattern === props.value;
    card.setAttribute("aria-checked", chosen);
    card.tabIndex = chosen ? 0 : -1;
  }
}

function choose(card) {
  card.focus();
  if (card.dataset.pattern === props.value) return;
  props.value = card.dataset.pattern;
  mark();
  trigger("change");
}

// The card above or below: the one whose middle is nearest in the next row.
function across(card, step) {
  const row = rows.findIndex((cells) => cells.includes(card));
  const middle = (cell) => cell.getBoundingClientRect().left + cell.offsetWidth / 2;
  const cells = rows[(row + step + rows.length) % rows.length];
  return cells.reduce((a, b) => (Math.abs(middle(b) - middle(card)) < Math.abs(middle(a) - middle(card)) ? b : a));
}

element.addEventListener("click", (event) => {
  const card = event.target.closest("[role=radio]");
  if (card) choose(card);
});
element.addEventListener("keydown", (event) => {
  const card = event.target.closest("[role=radio]");
  if (!card || event.ctrlKey || event.metaKey || event.altKey) return;
  const at = cards.indexOf(card);
  const next = {
    ArrowRight: () => cards[(at + 1) % cards.length],
    ArrowLeft: () => cards[(at + cards.length - 1) % cards.length],
    ArrowDown: () => across(card, 1),
    ArrowUp: () => across(card, -1),
    Home: () => cards[0],
    End: () => cards[cards.length - 1],
  }[event.key];
  if (!next) return;
  event.preventDefault();
  choose(next());
});
watch("value", mark);
mark();
