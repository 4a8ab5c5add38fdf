// The neural language model of gptlab/models/neural_lm.py in the page, where it is explained.
// Looks for boxes marked data-forward that nobody has set up yet.
(() => {
  const dot = (row, x) => row.reduce((sum, weight, i) => sum + weight * x[i], 0);

  function forward(net, x) {
    const hidden = net.H.map((row, k) => Math.tanh(net.d[k] + dot(row, x)));
    const scores = net.U.map((row, j) => net.b[j] + dot(row, hidden));
    const most = Math.max(...scores);
    const powers = scores.map((score) => Math.exp(score - most));
    const total = powers.reduce((a, b) => a + b);
    return { hidden, probabilities: powers.map((power) => power / total) };
  }

  const element = (name, settings, text) => {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(settings)) made.setAttribute(key, value);
    if (text !== undefined) made.textContent = text;
    return made;
  };

  function row(cells, width) {
    const line = document.createElement("tr");
    const head = document.createElement("th");
    head.scope = "row";
    head.textContent = cells[0];
    const value = document.createElement("td");
    value.textContent = cells[1];
    line.append(head, value);
    if (width !== undefined) {
      const cell = document.createElement("td");
      const bar = document.createElement("span");
      bar.className = "bar";
      bar.style.width = `${(110 * width).toFixed(1)}px`;
      cell.append(bar);
      line.append(cell);
    }
    return line;
  }

  function setUp(box) {
    const net = JSON.parse(box.dataset.forward);
    box.dataset.ready = "";
    const part = (name) => box.querySelector(`[data-part=${name}]`);
    const choices = [part("word0"), part("word1")];
    const moves = [part("move0"), part("move1")];
    const names = [...net.words, "(begin)"];
    // Each axis shows what its vectors need, and some room beyond them.
    const ends = [0, 1].map((axis) => {
      const values = net.C.map((vector) => vector[axis]);
      const room = 0.15 * (Math.max(...values) - Math.min(...values)) + 0.05;
      return [Math.min(...values) - room, Math.max(...values) + room];
    });
    const share = (value, [low, high]) => (value - low) / (high - low);
    const at = ([x, y]) => [10 + 250 * share(x, ends[0]), 220 - 210 * share(y, ends[1])];
    moves.forEach((move, axis) => {
      move.min = Math.round(100 * ends[axis][0]);
      move.max = Math.round(100 * ends[axis][1]);
    });

    // Beside each point, at the first place that covers no other name or point.
    const taken = net.C.map((vector) => at(vector)).map(([x, y]) => [x - 4, y - 4, x + 4, y + 4]);
    const labels = names.map((name, i) => {
      const [x, y] = at(net.C[i]);
      const wide = 6.2 * name.length;
      const places = [[6, 4], [-6 - wide, 4], [-wide / 2, -7], [-wide / 2, 15], [6, 13], [6, -6]];
      const boxes = places.map(([dx, dy]) => [x + dx, y + dy - 9, x + dx + wide, y + dy + 2]);
      const cover = boxes.map((box) => taken.filter((other) =>
        box[0] < other[2] && other[0] < box[2] && box[1] < other[3] && other[1] < box[3]).length +
        (box[0] < 0 || box[2] > 270 ? 5 : 0));
      const best = cover.indexOf(Math.min(...cover));
      taken.push(boxes[best]);
      return { x: x + places[best][0], y: y + places[best][1] };
    });

    function putBack() {
      const vector = net.C[choices[1].selectedIndex];
      moves.forEach((move, axis) => (move.value = Math.round(100 * vector[axis])));
      moved = false;
      draw();
    }

    function draw() {
      const [first, second] = choices.map((choice) => choice.selectedIndex);
      const last = moved ? moves.map((move) => move.value / 100) : net.C[second];
      const x = [...net.C[first], ...last];
      const { hidden, probabilities } = forward(net, x);
      box.probabilities = probabilities;
      const map = part("map");
      map.replaceChildren();
      names.forEach((name, i) => {
        const [px, py] = at(net.C[i]);
        map.append(element("circle", { cx: px, cy: py, r: 3, fill: "currentColor" }));
        map.append(element("text", labels[i], name));
      });
      [net.C[first], last].forEach((vector, i) => {
        const [cx, cy] = at(vector);
        const stroke = i ? "#e5751a" : "#0d60de";
        map.append(element("circle", { cx, cy, r: 8, fill: "none", stroke, "stroke-width": 2.5 }));
      });
      const told = last.map((v) => v.toFixed(2)).join(", ");
      map.setAttribute("aria-label", `The words in the plane of their vectors; ringed: ` +
        `${names[first]}, and ${names[second]}${moved ? " moved" : ""} at ${told}.`);
      part("hidden").replaceChildren(...hidden.map((v, k) => row([k + 1, v.toFixed(2)])));
      const order = probabilities.map((p, i) => [p, i]).sort((a, b) => b[0] - a[0]).slice(0, 6);
      part("guesses").replaceChildren(
        ...order.map(([p, i]) => row([net.words[i], p.toFixed(3)], p)));
      part("status").textContent = `After ${names[first]} ${names[second]}` +
        `${moved ? `, its vector moved to (${told})` : ""}: most likely ${net.words[order[0][1]]}.`;
    }

    let moved = false;
    net.first.forEach((word, i) => (choices[i].selectedIndex = word));
    choices[0].addEventListener("change", draw);
    choices[1].addEventListener("change", putBack);
    moves.forEach((move) => move.addEventListener("input", () => { moved = true; draw(); }));
    part("reset").addEventListener("click", putBack);
    putBack();
  }

  document.querySelectorAll("[data-forward]:not([data-ready])").forEach(setUp);
})();
