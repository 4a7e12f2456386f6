// Which clips come next.

const ORDER_WORDS = { oldest: "oldest first", uncertain: "least certain first", disagreement: "most disagreement first" };

function openFilters(root, changed) {
  const form = root.querySelector(".rv-filters");
  const place = "studio.review.filters";
  let wanted = {};
  try {
    wanted = JSON.parse(localStorage.getItem(place)) ?? {};
  } catch {}

  function choice(name, label, options) {
    const line = element_("label", "", label);
    const select = element_("select");
    select.name = name;
    for (const [value, words] of options) {
      const option = element_("option", "", words);
      option.value = value;
      select.append(option);
    }
    select.value = wanted[name] ?? options[0][0];
    if (select.selectedIndex < 0) select.selectedIndex = 0;
    line.append(select);
    return line;
  }

  const any = (words) => [["", "any"], ...words.map((word) => [word, spoken(word).replaceAll("-", " ")])];
  const api = {
    draw(role) {
      const lines = [
        choice("pattern", "Pattern", any(WORDS.patterns)),
        choice("region", "Region", any(WORDS.regions)),
        choice("source", "Labels from", any(WORDS.sources)),
        choice("order", "Order", Object.entries(ORDER_WORDS)),
      ];
      if (role !== "annotator") lines.push(choice("state", "State", WORDS.states.map((word) => [word, word])), choice("flagged", "Flagged", [["", "any"], ["yes", "only flagged"]]));
      form.replaceChildren(...lines);
      if (role === "annotator") delete wanted.state, delete wanted.flagged;
      this.count();
    },
    chosen: () => ({ ...Object.fromEntries(Object.entries(wanted).filter(([name, value]) => value && name !== "flagged")), flagged: wanted.flagged === "yes" }),
    async count() {
      const answer = await ask("waiting", this.chosen()).catch(() => null);
      if (answer) root.querySelector(".rv-waiting").textContent = `${answer.waiting} ${answer.waiting === 1 ? "clip waits" : "clips wait"} here`;
    },
  };
  form.addEventListener("change", () => {
    wanted = Object.fromEntries(new FormData(form));
    try {
      localStorage.setItem(place, JSON.stringify(wanted));
    } catch {}
    api.count();
    changed();
  });
  return api;
}
