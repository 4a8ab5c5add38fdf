// Where the decoder looks: choose a sentence and a written word, see a bar on every word that was
// read. Sentences and weights come with the box (data-alignments).
(() => {
  function made(name, parent, text = "") {
    const element = document.createElement(name);
    element.textContent = text;
    parent.append(element);
    return element;
  }

  function setUp(box) {
    const sentences = JSON.parse(box.dataset.alignments);
    const find = (part) => box.querySelector("[data-part=" + part + "]");
    const [choice, source, target, back, on, status] = [
      "sentence", "source", "target", "back", "on", "status",
    ].map(find);
    let chosen = 0;
    let place = 0;
    let bars = [];
    let words = [];

    sentences.forEach((each, i) => {
      made("option", choice, each.source.join(" ")).value = i;
    });

    function show(word) {
      const { source: read, target: written, percent } = sentences[chosen];
      place = Math.max(0, Math.min(written.length - 1, word));
      words.forEach((button, i) => button.setAttribute("aria-pressed", i === place));
      percent[place].forEach((value, i) => {
        bars[i].bar.style.height = `${value}%`;
        bars[i].label.textContent = `${value} %`;
      });
      const most = percent[place]
        .map((value, i) => [value, i])
        .sort((a, b) => b[0] - a[0] || a[1] - b[1])
        .filter(([value]) => value >= 5)
        .slice(0, 3)
        .map(([value, i]) => `${read[i]} ${value} %`);
      status.textContent =
        `To write ${written[place]} (word ${place + 1} of ${written.length}) it looks at ` +
        `${most.join(", ")}.`;
      back.disabled = place === 0;
      on.disabled = place === written.length - 1;
    }

    function load(sentence) {
      chosen = sentence;
      source.replaceChildren();
      target.replaceChildren();
      bars = sentences[chosen].source.map((word) => {
        const item = made("li", source);
        const well = made("div", item);
        well.className = "well";
        const bar = made("div", well);
        bar.className = "bar";
        const label = made("div", item);
        label.className = "percent";
        made("div", item, word);
        return { bar, label };
      });
      words = sentences[chosen].target.map((word, i) => {
        const button = made("button", made("li", target), word);
        button.type = "button";
        button.addEventListener("click", () => show(i));
        return button;
      });
      show(0);
    }

    choice.addEventListener("change", () => load(Number(choice.value)));
    back.addEventListener("click", () => show(place - 1));
    on.addEventListener("click", () => show(place + 1));
    target.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (!step) return;
      event.preventDefault();
      show(words.indexOf(document.activeElement) + step);
      words[place].focus();
    });
    // Lab and the book have shortcuts of their own on these keys.
    box.addEventListener("keydown", (event) => event.stopPropagation());
    box.dataset.ready = "";
    load(0);
  }

  document.querySelectorAll("[data-alignments]:not([data-ready])").forEach(setUp);
})();
