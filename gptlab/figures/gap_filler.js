// Fill the gap: a button for each word hides it, and the table shows what the model puts there. All
// answers come with the box (data-gaps); boxes that nobody has set up yet are looked for.
(() => {
  function setUp(box) {
    const data = JSON.parse(box.dataset.gaps);
    const find = (part) => box.querySelector("[data-part=" + part + "]");
    const [choice, words, status, fills] = ["sentence", "words", "status", "fills"].map(find);
    let sentence = 0;

    function show(gap) {
      const { words: pieces, fills: all } = data[sentence];
      [...words.children].forEach((button, i) => {
        button.setAttribute("aria-pressed", String(i === gap));
        button.textContent = i === gap ? "[MASK]" : pieces[i];
      });
      fills.replaceChildren(
        ...all[gap].map(([word, share]) => {
          const row = document.createElement("tr");
          const name = document.createElement("td");
          name.textContent = word;
          const value = document.createElement("td");
          const bar = document.createElement("span");
          bar.className = "bar";
          bar.style.width = `${(70 * share).toFixed(1)}%`;
          value.append(bar, share.toFixed(2));
          row.append(name, value);
          return row;
        }),
      );
      const [best, share] = all[gap][0];
      status.textContent =
        `Hidden: ${pieces[gap]}. Likeliest: ${best}, probability ${share.toFixed(2)}.`;
    }
    function load() {
      sentence = Number(choice.value);
      words.replaceChildren(
        ...data[sentence].words.map((word, i) => {
          const button = document.createElement("button");
          button.type = "button";
          button.setAttribute("aria-label", `hide ${word}, word ${i + 1}`);
          button.addEventListener("click", () => show(i));
          // Lab and the book have shortcuts of their own on these keys.
          button.addEventListener("keydown", (event) => event.stopPropagation());
          return button;
        }),
      );
      show(Math.min(1, data[sentence].words.length - 1));
    }
    choice.addEventListener("change", load);
    choice.addEventListener("keydown", (event) => event.stopPropagation());
    box.dataset.ready = "";
    load();
  }

  document.querySelectorAll("[data-gaps]:not([data-ready])").forEach(setUp);
})();
