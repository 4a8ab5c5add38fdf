// A map of words that shows the neighbours of the one that is chosen. Places, words and neighbours
// come with the box (data-word-map); boxes that nobody has set up yet are looked for.
(() => {
  const SVG = "http://www.w3.org/2000/svg";
  const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

  function drawn(name, attributes, parent) {
    const element = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    parent.append(element);
    return element;
  }

  // The room that a word's name takes, and whether two of them overlap.
  const frame = ({ word, x, y }) => [x + 4, y - 7, x + 6 + 7 * word.length, y + 7];
  const cover = (a, b) => a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3];

  function setUp(box) {
    const { words, start } = JSON.parse(box.dataset.wordMap);
    const find = (part) => box.querySelector("[data-part=" + part + "]");
    const [field, status, list] = ["find", "status", "near"].map(find);
    const plane = box.querySelector("svg");
    const lines = drawn("g", { "aria-hidden": "true" }, plane);
    const number = new Map(words.map((each, i) => [each.word, i]));

    // Names are written where they cover no other name; the others show when they are asked for.
    const taken = [];
    const spots = words.map((each, i) => {
      const { word, group, x, y } = each;
      const name = group ? `${word} (${group})` : word;
      const spot = drawn("g", { "data-id": i, role: "button", tabindex: -1, "aria-label": name }, plane);
      drawn("circle", { class: "ring", cx: x, cy: y, r: 7, fill: "transparent" }, spot);
      drawn("circle", { class: "dot", cx: x, cy: y, r: 3.2 }, spot);
      drawn("text", { x: x + 5, y: y + 4 }, spot).textContent = word;
      if (taken.some((other) => cover(frame(each), other))) spot.classList.add("quiet");
      else taken.push(frame(each));
      return spot;
    });

    let chosen = -1;
    function choose(id, focus) {
      if (id !== chosen) {
        if (chosen >= 0) spots[chosen].setAttribute("tabindex", -1);
        chosen = id;
        const { word, group, near, x, y } = words[id];
        const ids = new Set(near.map(([other]) => other));
        // The chosen word is named first, then its neighbours where there is room; others give way.
        const named = [frame(words[id])];
        const crowded = (i) => named.some((other) => cover(frame(words[i]), other));
        const hidden = new Set([...ids].filter((i) => crowded(i) || !named.push(frame(words[i]))));
        spots.forEach((spot, i) => {
          spot.classList.toggle("chosen", i === id);
          spot.classList.toggle("near", ids.has(i));
          spot.classList.toggle("crowded", hidden.has(i) || (i !== id && !ids.has(i) && crowded(i)));
          spot.setAttribute("aria-pressed", String(i === id));
        });
        spots[id].setAttribute("tabindex", 0);
        lines.replaceChildren();
        for (const other of ids)
          drawn("line", { x1: x, y1: y, x2: words[other].x, y2: words[other].y }, lines);
        const told = near.map(([other]) => words[other].word).join(", ");
        status.textContent = `${word}${group ? ` (${group})` : ""}: nearest are ${told}.`;
        list.replaceChildren(
          ...near.map(([other, cosine]) => {
            const item = document.createElement("li");
            const button = document.createElement("button");
            button.type = "button";
            button.textContent = `${words[other].word} ${cosine.toFixed(2)}`;
            button.addEventListener("click", () => choose(other));
            item.append(button);
            return item;
          }),
        );
        if (document.activeElement !== field) field.value = word;
      }
      if (focus) spots[id].focus();
    }

    // The nearest word within a quarter turn of the arrow's direction.
    function towards([dx, dy]) {
      const here = words[chosen];
      let best = -1;
      let least = Infinity;
      words.forEach((each, i) => {
        const [ahead, aside] = [
          (each.x - here.x) * dx + (each.y - here.y) * dy,
          Math.abs((each.x - here.x) * dy - (each.y - here.y) * dx),
        ];
        const far = ahead + 2 * aside;
        if (i !== chosen && ahead > 0 && aside <= ahead && far < least) [best, least] = [i, far];
      });
      return best;
    }

    const spotOf = (event) => event.target.closest("g[data-id]");
    plane.addEventListener("pointerover", (event) => {
      if (spotOf(event)) choose(Number(spotOf(event).dataset.id));
    });
    plane.addEventListener("click", (event) => {
      if (spotOf(event)) choose(Number(spotOf(event).dataset.id), true);
    });
    plane.addEventListener("focusin", (event) => {
      if (spotOf(event)) choose(Number(spotOf(event).dataset.id));
    });
    plane.addEventListener("keydown", (event) => {
      if (!(event.key in ARROWS)) return;
      event.preventDefault();
      event.stopPropagation();
      const next = towards(ARROWS[event.key]);
      if (next >= 0) choose(next, true);
    });
    field.addEventListener("input", () => {
      const asked = field.value.trim();
      const id = number.get(asked) ?? number.get(asked.toLowerCase());
      if (id !== undefined) choose(id);
      else status.textContent = asked ? `${asked} is not on this map.` : "Type a word of the map.";
    });
    box.dataset.ready = "";
    choose(start);
  }

  document.querySelectorAll("[data-word-map]:not([data-ready])").forEach(setUp);
})();
