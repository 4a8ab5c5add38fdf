// Sampling rules on one distribution. Scores and words come with the box (data-sampling); boxes that
// nobody has set up yet are looked for. The rules are in gptlab/generation/sampling.js.
(() => {
  const cell = (name, text) => {
    const made = document.createElement(name);
    made.textContent = text;
    return made;
  };

  function setUp(box) {
    const { words, logits, truth, shown } = JSON.parse(box.dataset.sampling);
    box.dataset.ready = "";
    const part = (name) => box.querySelector(`[data-part=${name}]`);
    const sliders = ["temperature", "topK", "topP"].map(part);
    const random = gptlabSampling.randomNumbers(18);
    const plain = gptlabSampling.probabilities(logits);
    const order = plain.map((_, i) => i).sort((a, b) => plain[b] - plain[a]).slice(0, shown);
    const heads = ["word", "model", ...(truth ? ["language"] : []), "now", ""];
    part("head").replaceChildren(...heads.map((name) => cell(name ? "th" : "td", name)));

    function show() {
      const [temperature, topK, topP] = sliders.map((slider) => Number(slider.value));
      const told = [temperature.toFixed(2), topK ? String(topK) : "all", topP.toFixed(2)];
      sliders.forEach((slider, i) => {
        part(`${slider.dataset.part}-told`).textContent = told[i];
        slider.setAttribute("aria-valuetext", told[i]);
      });
      const p = gptlabSampling.probabilities(logits, { temperature, topK, topP });
      box.probabilities = p;
      const left = p.filter((each) => each > 0);
      const bits = left.reduce((sum, each) => sum - each * Math.log2(each), 0);
      const never = truth
        ? ` ${(100 * p.reduce((sum, each, i) => sum + (truth[i] ? 0 : each), 0)).toFixed(1)} % of ` +
          "the probability lies on words that cannot stand here."
        : "";
      part("status").textContent = `${left.length} of ${words.length} words can come; ` +
        `a draw is worth ${Math.abs(bits).toFixed(2)} bits.${never}`;
      const most = Math.max(...p);
      part("rows").replaceChildren(...order.map((i) => {
        const row = document.createElement("tr");
        const head = cell("th", words[i]);
        head.scope = "row";
        const bar = document.createElement("span");
        bar.className = "bar";
        bar.style.width = `${(100 * p[i] / most).toFixed(1)}%`;
        const room = document.createElement("td");
        room.append(bar);
        const numbers = [plain[i], ...(truth ? [truth[i]] : []), p[i]];
        row.append(head, ...numbers.map((v) => cell("td", v.toFixed(3))), room);
        return row;
      }));
    }

    sliders.forEach((slider) => {
      slider.addEventListener("input", show);
      slider.addEventListener("keydown", (event) => event.stopPropagation()); // Lab has shortcuts
    });
    part("draw").addEventListener("click", () => {
      const drawn = Array.from({ length: 20 }, () =>
        words[gptlabSampling.draw(box.probabilities, random())]);
      part("drawn").textContent = `Drawn: ${drawn.join(", ")}.`;
    });
    part("reset").addEventListener("click", () => {
      [1, 0, 1].forEach((value, i) => (sliders[i].value = value));
      part("drawn").textContent = "";
      show();
    });
    show();
  }

  document.querySelectorAll("[data-sampling]:not([data-ready])").forEach(setUp);
})();
