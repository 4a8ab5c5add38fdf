// A tree written symbol by symbol. Trees with the places of their nodes come with the box
// (data-tree-writer); boxes that nobody has set up yet are looked for.
(() => {
  const SVG = "http://www.w3.org/2000/svg";

  function drawn(name, attributes, parent) {
    const element = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    parent.append(element);
    return element;
  }

  function setUp(box) {
    const trees = JSON.parse(box.dataset.treeWriter);
    const find = (part) => box.querySelector("[data-part=" + part + "]");
    const names = ["menu", "back", "next", "slider", "symbols", "status"];
    const [menu, back, next, slider, row, status] = names.map(find);
    const picture = box.querySelector("svg");
    let tree = trees[0];
    let groups = [];

    function choose(number) {
      tree = trees[number];
      slider.max = tree.symbols.length;
      picture.setAttribute("viewBox", `0 0 ${tree.width} ${tree.height}`);
      picture.replaceChildren();
      row.replaceChildren();
      groups = tree.nodes.map((node) => {
        const group = drawn("g", { class: node.word ? "word" : "node" }, picture);
        if (node.parent >= 0) {
          const above = tree.nodes[node.parent];
          const bend = `${node.x},${above.y + tree.down - 14}`;
          const points = `${above.x},${above.y + 14} ${bend} ${node.x},${node.y - 14}`;
          drawn("polyline", { points }, group);
        }
        const wide = 14 + 10 * node.label.length;
        const frame = { x: node.x - wide / 2, y: node.y - 13, width: wide, height: 26, rx: 5 };
        drawn("rect", frame, group);
        drawn("text", { x: node.x, y: node.y }, group).textContent = node.label;
        return group;
      });
      for (const symbol of tree.symbols) {
        const place = document.createElement("span");
        place.textContent = symbol;
        row.append(place, " ");
      }
      show(0);
    }

    function told(step) {
      const total = tree.symbols.length;
      if (step === 0) return `Nothing is written yet; ${total} symbols will be.`;
      const symbol = tree.symbols[step - 1];
      const start = `Symbol ${step} of ${total}, ${symbol}: `;
      const closing = tree.nodes.find((node) => !node.word && node.closes === step);
      if (closing) {
        const words = tree.words.slice(...closing.words).join(" ");
        return start + `closes the ${closing.label} over “${words}”.`;
      }
      const node = tree.nodes.find((each) => each.opens === step);
      if (node.word) return start + `the next word, “${node.label}”.`;
      return start + `opens a constituent, ${node.label}; its end is not known yet.`;
    }

    function show(step) {
      slider.value = step;
      [...row.children].forEach((place, i) => {
        place.className = i >= step ? "later" : i === step - 1 ? "now" : "";
      });
      tree.nodes.forEach((node, i) => {
        groups[i].classList.toggle("later", node.opens > step);
        groups[i].classList.toggle("open", !node.word && node.opens <= step && node.closes > step);
      });
      const open = tree.nodes.filter((n) => !n.word && n.opens <= step && n.closes > step);
      const waiting = open.map((node) => node.label).join(" ");
      const words = tree.nodes.filter((node) => node.word && node.opens <= step).length;
      status.textContent = told(step);
      slider.setAttribute("aria-valuetext", told(step));
      picture.setAttribute(
        "aria-label",
        `The tree so far: ${words} of ${tree.words.length} words; open: ${waiting || "none"}`,
      );
      back.disabled = step === 0;
      next.disabled = step === tree.symbols.length;
    }

    const move = (by) => show(Math.max(0, Math.min(tree.symbols.length, Number(slider.value) + by)));
    back.addEventListener("click", () => move(-1));
    next.addEventListener("click", () => move(1));
    slider.addEventListener("input", () => show(Number(slider.value)));
    menu.addEventListener("change", () => choose(menu.selectedIndex));
    for (const element of [menu, back, next, slider]) {
      // Lab and the book have shortcuts of their own on these keys.
      element.addEventListener("keydown", (event) => event.stopPropagation());
    }
    box.dataset.ready = "";
    choose(0);
  }

  document.querySelectorAll("[data-tree-writer]:not([data-ready])").forEach(setUp);
})();
