// What counts in the loss: a button for each token of a conversation. All figures come with the box
// (data-mask): for each token the probability before and after tuning. Boxes not yet set up are
// looked for.
(() => {
  function setUp(box) {
    const data = JSON.parse(box.dataset.mask);
    const find = (part) => box.querySelector("[data-part=" + part + "]");
    const [choice, whole, words, status, loss] =
      ["choice", "whole", "words", "status", "loss"].map(find);
    let at = 0;

    const counts = (each, i) => i > 0 && (whole.checked || each.learned[i]);
    const share = (p) => (p < 0.001 ? "under 0.001" : p.toFixed(3));

    function show(place, focus) {
      const each = data[Number(choice.value)];
      const buttons = [...words.children];
      at = Math.min(Math.max(place, 0), buttons.length - 1);
      buttons.forEach((button, i) => {
        button.setAttribute("aria-pressed", String(i === at));
        button.tabIndex = i === at ? 0 : -1;
        button.classList.toggle("counted", counts(each, i));
      });
      if (focus) buttons[at].focus();
      const name = `Token ${at + 1} of ${buttons.length}, ${each.tokens[at]}: `;
      status.textContent =
        at === 0
          ? `${name}nothing stands before it, so nobody guesses it.`
          : `${name}${counts(each, at) ? "counts" : "does not count"} in the loss. ` +
            `Its probability was ${share(each.before[at])} before tuning, ` +
            `${share(each.after[at])} after.`;
      const chosen = each.tokens.map((_, i) => i).filter((i) => counts(each, i));
      const mean = (p) =>
        (chosen.reduce((sum, i) => sum - Math.log(p[i]), 0) / chosen.length).toFixed(2);
      loss.textContent =
        `${chosen.length} tokens count. Mean loss: ${mean(each.before)} nats before, ` +
        `${mean(each.after)} after.`;
    }
    function load() {
      const each = data[Number(choice.value)];
      words.replaceChildren(
        ...each.tokens.map((token, i) => {
          const button = document.createElement("button");
          button.type = "button";
          button.textContent = token;
          button.addEventListener("click", () => show(i));
          button.addEventListener("keydown", (event) => {
            // Lab and the book have shortcuts of their own on these keys.
            event.stopPropagation();
            const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
            if (step) {
              event.preventDefault();
              show(i + step, true);
            }
          });
          return button;
        }),
      );
      show(each.learned.indexOf(true));
    }
    choice.addEventListener("change", load);
    whole.addEventListener("change", () => show(at));
    for (const part of [choice, whole]) {
      part.addEventListener("keydown", (event) => event.stopPropagation());
    }
    box.dataset.ready = "";
    load();
  }

  document.querySelectorAll("[data-mask]:not([data-ready])").forEach(setUp);
})();
