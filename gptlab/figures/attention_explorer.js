// Where each word looks. Words and scores come with the box (data-attention); the page puts the
// chosen masks on and takes the softmax. Boxes that nobody has set up yet are looked for.
(() => {
  const SVG = "http://www.w3.org/2000/svg";

  // Softmax over what is allowed; where nothing is, zeros.
  function softmax(scores, allowed) {
    const most = Math.max(...scores.filter((_, j) => allowed[j]));
    const powers = scores.map((score, j) => (allowed[j] ? Math.exp(score - most) : 0));
    const total = powers.reduce((a, b) => a + b, 0);
    return powers.map((power) => (total ? power / total : 0));
  }

  function rect(attributes) {
    const made = document.createElementNS(SVG, "rect");
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    return made;
  }

  function setUp(box) {
    const { pad, start, sentences, scores } = JSON.parse(box.dataset.attention);
    const part = (name) => box.querySelector(`[data-part=${name}]`);
    const menus = ["sentence", "layer", "head"].map(part);
    const switches = ["causal", "padding"].map(part);
    const [list, map, status] = ["words", "map", "status"].map(part);
    let chosen = 0;
    let words = [];
    let buttons = [];

    function weights() {
      const [sentence, layer, head] = menus.map((menu) => menu.selectedIndex);
      const [causal, padding] = switches.map((each) => each.checked);
      return scores[sentence][layer][head].map((row, i) =>
        softmax(row, row.map((_, j) => !(causal && j > i) && !(padding && words[j] === pad))));
    }

    function draw() {
      const table = weights();
      box.weights = table;
      const row = table[chosen];
      buttons.forEach((button, j) => {
        button.setAttribute("aria-pressed", String(j === chosen));
        button.tabIndex = j === chosen ? 0 : -1;
        const item = button.parentElement;
        item.querySelector(".bar").style.height = `${(60 * row[j]).toFixed(1)}px`;
        item.querySelector(".number").textContent = row[j].toFixed(2);
      });
      map.setAttribute("viewBox", `0 0 ${words.length} ${words.length}`);
      map.replaceChildren(...table.flatMap((weightsOf, i) => weightsOf.map((w, j) =>
        rect({ x: j, y: i, width: 1, height: 1, fill: "currentColor", "fill-opacity": w.toFixed(3) }))));
      map.append(rect({ class: "row", x: 0.09, y: chosen + 0.09, width: words.length - 0.18, height: 0.82 }));
      map.setAttribute("aria-label",
        `All ${words.length} words: a row for each that looks, a column for each that is looked at; ` +
        `darker is more. Row ${chosen + 1} is outlined.`);
      const order = row.map((w, j) => [w, j]).sort((a, b) => b[0] - a[0]).filter(([w]) => w >= 0.05);
      const told = order.slice(0, 3).map(([w, j]) => `${words[j]} (${j + 1}) ${w.toFixed(2)}`);
      const on = ["causal", "padding"].filter((_, i) => switches[i].checked);
      status.textContent = `${words[chosen]} (${chosen + 1}) looks at ${told.join(", ") || "nothing"}` +
        `${order.length > 3 ? " and others" : ""}. Masks: ${on.join(" and ") || "none"}.`;
    }

    function choose(place, focus) {
      chosen = Math.min(Math.max(place, 0), words.length - 1);
      draw();
      if (focus) buttons[chosen].focus();
    }

    function open() {
      words = sentences[menus[0].selectedIndex];
      const real = words.filter((word) => word !== pad).length;
      list.replaceChildren(...words.map((word, j) => {
        const item = document.createElement("li");
        for (const name of ["room", "number"]) {
          const made = document.createElement("span");
          made.className = name;
          item.append(made);
        }
        const bar = document.createElement("span");
        bar.className = "bar";
        item.firstChild.append(bar);
        const button = document.createElement("button");
        button.type = "button";
        button.textContent = word;
        button.addEventListener("click", () => choose(j));
        button.addEventListener("pointerenter", (event) => event.pointerType === "mouse" && choose(j));
        item.append(button);
        return item;
      }));
      buttons = [...list.querySelectorAll("button")];
      choose(start < 0 ? real + start : start);
    }

    list.addEventListener("keydown", (event) => {
      const to = { ArrowLeft: chosen - 1, ArrowRight: chosen + 1, Home: 0, End: words.length - 1 }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      event.stopPropagation();
      choose(to, true);
    });
    menus[0].addEventListener("change", open);
    for (const each of [...menus.slice(1), ...switches]) each.addEventListener("change", draw);
    box.dataset.ready = "";
    open();
  }

  document.querySelectorAll("[data-attention]:not([data-ready])").forEach(setUp);
})();
