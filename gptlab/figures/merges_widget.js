// Byte-pair encoding in the page, one merge at a time: the same rule as gptlab/text/bpe.py, where
// the reasons stand. Looks for boxes marked data-merges that nobody has set up yet.
(() => {
  const PATTERN = /'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+/gu;
  const printable = (byte) =>
    (byte >= 0x21 && byte < 0x7f) || (byte >= 0xa1 && byte < 0xad) || byte >= 0xae;
  const all = [...Array(256).keys()];
  const ORDER = [...all.filter(printable), ...all.filter((byte) => !printable(byte))];
  const ID = ORDER.reduce((ids, byte, id) => ((ids[byte] = id), ids), []);
  const NAMES = { " ": "␣", "\n": "⏎", "\t": "⇥" };

  // A token as a person reads it: white space by a sign, half a character by its bytes.
  function name(bytes) {
    try {
      const text = new TextDecoder("utf-8", { fatal: true }).decode(new Uint8Array(bytes));
      return text.replace(/[ \n\t]/g, (space) => NAMES[space]);
    } catch {
      return bytes.map((byte) => "‹" + byte.toString(16).toUpperCase() + "›").join("");
    }
  }

  function countPairs(words) {
    const counts = new Map();
    for (const ids of words)
      for (let i = 0; i + 1 < ids.length; i++) {
        const key = ids[i] + "," + ids[i + 1];
        counts.set(key, (counts.get(key) || 0) + 1);
      }
    return [...counts]
      .map(([key, count]) => ({ pair: key.split(",").map(Number), count }))
      .sort((a, b) => b.count - a.count || a.pair[0] - b.pair[0] || a.pair[1] - b.pair[1]);
  }

  function mergePair(ids, [left, right], made) {
    const merged = [];
    for (let i = 0; i < ids.length; i++)
      if (ids[i] === left && ids[i + 1] === right) {
        merged.push(made);
        i++;
      } else merged.push(ids[i]);
    return merged;
  }

  // Every state from single bytes to the last pair that stands there twice.
  function learn(text) {
    const encoder = new TextEncoder();
    let words = (text.match(PATTERN) || []).map((word) => [...encoder.encode(word)].map((b) => ID[b]));
    const tokens = ORDER.map((byte) => [byte]);
    const states = [{ words, pairs: countPairs(words), merge: null }];
    for (;;) {
      const best = states.at(-1).pairs[0];
      if (!best || best.count < 2) return { states, tokens };
      const made = tokens.length;
      tokens.push([...tokens[best.pair[0]], ...tokens[best.pair[1]]]);
      words = words.map((ids) => mergePair(ids, best.pair, made));
      states.push({ words, pairs: countPairs(words), merge: best, made });
    }
  }

  function setUp(box) {
    const find = (part) => box.querySelector("[data-part=" + part + "]");
    const [field, slider, status, shown, table, list] =
      ["text", "slider", "status", "tokens", "pairs", "merges"].map(find);
    let run, at;

    const element = (tag, text, className) => {
      const made = document.createElement(tag);
      if (text !== undefined) made.textContent = text;
      if (className) made.className = className;
      return made;
    };
    const both = (pair) => pair.map((id) => name(run.tokens[id])).join(" + ");

    function draw() {
      const state = run.states[at];
      const flat = state.words.flat();
      shown.replaceChildren(
        ...flat.map((id) => {
          const chip = element("span", name(run.tokens[id]), id === state.made ? "new" : "");
          chip.dataset.id = id;
          return chip;
        }),
      );
      const told = state.merge
        ? `Merge ${at}: ${both(state.merge.pair)}, ${state.merge.count} times, becomes ` +
          `${name(run.tokens[state.made])}, token ${state.made}. `
        : "Before the first merge: every byte is a token. ";
      const last = at === run.states.length - 1 ? " No pair is left that stands there twice." : "";
      status.textContent = `${told}The text has ${flat.length} ${flat.length === 1 ? "token" : "tokens"}.${last}`;
      table.replaceChildren(
        ...state.pairs.slice(0, 5).map(({ pair, count }) => {
          const row = element("tr");
          row.append(element("td", both(pair)), element("td", String(count)));
          return row;
        }),
      );
      list.replaceChildren(
        ...run.states.slice(1, at + 1).map(({ merge, made }) => {
          const item = element("li", `${both(merge.pair)} → ${name(run.tokens[made])}`);
          Object.assign(item.dataset, { left: merge.pair[0], right: merge.pair[1], count: merge.count });
          return item;
        }),
      );
      slider.max = run.states.length - 1;
      slider.value = at;
      slider.setAttribute("aria-valuetext", `merge ${at} of ${slider.max}`);
      find("back").setAttribute("aria-disabled", String(at === 0));
      find("next").setAttribute("aria-disabled", String(at === run.states.length - 1));
    }

    function go(place) {
      at = Math.max(0, Math.min(place, run.states.length - 1));
      draw();
    }
    function read() {
      run = learn(field.value);
      go(0);
    }
    find("back").addEventListener("click", () => go(at - 1));
    find("next").addEventListener("click", () => go(at + 1));
    find("start").addEventListener("click", () => go(0));
    find("end").addEventListener("click", () => go(run.states.length - 1));
    slider.addEventListener("input", () => go(Number(slider.value)));
    field.addEventListener("input", read);
    box.dataset.ready = "";
    read();
  }

  document.querySelectorAll("[data-merges]:not([data-ready])").forEach(setUp);
})();
