// Searches the articles in the page, by the same words and by meaning. No kernel, no network.
(function () {
  const WORD = /['’]s(?![\p{L}\p{M}\p{N}_])|([\p{L}\p{M}\p{N}]+(?:['’](?!s(?![\p{L}\p{M}\p{N}_]))\p{L}+)*)/gu;

  function numbers(base64, Type) {
    const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
    return new Type(bytes.buffer);
  }

  function start(box) {
    const data = JSON.parse(box.querySelector("script[type='application/json']").textContent);
    const n = data.titles.length, k = data.dimensions;
    const words = new Map(data.words.split(" ").map((word, i) => [word, i]));
    const holding = numbers(data.holding, Uint8Array);
    const inDocument = numbers(data.documents, Uint8Array), weight = numbers(data.weights, Uint8Array);
    const axes = numbers(data.axes, Int8Array), scale = numbers(data.scales, Uint16Array);
    const places = numbers(data.places, Int16Array);
    const first = [0];
    holding.forEach((count, i) => first.push(first[i] + count));

    function search(text) {
      const found = [...text.toLowerCase().matchAll(WORD)].map((m) => m[1]).filter(Boolean);
      const counts = new Map(), unknown = [];
      for (const word of found) {
        if (words.has(word)) counts.set(word, (counts.get(word) || 0) + 1);
        else unknown.push(word);
      }
      const bySame = new Float64Array(n), place = new Float64Array(k);
      let square = 0;
      for (const [word, count] of counts) {
        const w = words.get(word);
        const idf = Math.log((1 + n) / (1 + holding[w])) + 1, mine = (1 + Math.log(count)) * idf;
        square += mine * mine;
        for (let p = first[w]; p < first[w + 1]; p++)
          bySame[inDocument[p]] += mine * (weight[p] / 255) ** 2 * data.largest_weight;
        for (let d = 0; d < k; d++)
          place[d] += mine * axes[w * k + d] * scale[w];
      }
      const long = Math.sqrt(place.reduce((sum, x) => sum + x * x, 0));
      const byMeaning = Array.from({ length: n }, (_, i) => {
        let sum = 0;
        for (let d = 0; d < k; d++) sum += place[d] * places[i * k + d];
        return long ? sum / long / 32767 : 0;
      });
      const same = Array.from(bySame, (score) => (square ? score / Math.sqrt(square) : 0));
      return { same: best(same, true), meaning: best(byMeaning, false), known: counts.size, unknown };
    }

    function best(scores, onlyPositive) {
      return scores
        .map((score, i) => [score, i])
        .filter(([score]) => !onlyPositive || score > 0)
        .sort((a, b) => b[0] - a[0] || a[1] - b[1])
        .slice(0, data.top);
    }

    const input = box.querySelector("input"), says = box.querySelector("[role=status]");
    const rows = [...box.querySelectorAll("tbody tr")];

    function show() {
      const result = search(input.value);
      rows.forEach((row, r) => {
        [result.same, result.meaning].forEach((hits, column) => {
          const hit = result.known ? hits[r] : undefined;
          row.cells[column + 1].textContent = hit ? data.titles[hit[1]] + " (" + hit[0].toFixed(2) + ")" : "–";
        });
      });
      const lost = result.unknown.length ? " Not in this page's word list: " + result.unknown.join(", ") + "." : "";
      says.textContent = !result.known
        ? (input.value.trim() ? "No word of this is in the list; try another." : "Type a word.") + lost
        : result.same.length + " of the first " + data.top + " places are filled by the same words; meaning fills all." + lost;
    }

    box.querySelector("form").addEventListener("submit", (event) => { event.preventDefault(); show(); });
    input.addEventListener("input", show);
    for (const example of box.querySelectorAll("button[data-query]"))
      example.addEventListener("click", () => { input.value = example.dataset.query; show(); });
  }

  for (const box of document.querySelectorAll(".gptlab-search:not([data-ready])")) {
    box.dataset.ready = "yes";
    start(box);
  }
})();
