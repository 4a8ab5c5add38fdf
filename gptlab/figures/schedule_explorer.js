// Learning-rate schedules: choose one, see its course and what a short run with it came to. The runs
// are stored (data-schedules); the course is computed here as gptlab/training/schedules.py does it.
(() => {
  const WIDE = 300, HIGH = 170, LEFT = 38, BELOW = 22, TOP = 8;
  const NS = "http://www.w3.org/2000/svg";

  const shapes = {
    constant: () => 1,
    cosine: (p, final) => final + ((1 - final) * (1 + Math.cos(Math.PI * p))) / 2,
    linear: (p, final) => 1 - (1 - final) * p,
    trapezoid: (p, final) => 1 - ((1 - final) * Math.max(0, p - 0.5)) / 0.5,
  };
  // The share of the peak at a progress from 0 to 1.
  const share = (name, warmup, final, p) =>
    shapes[name](p, final) * (warmup ? Math.min(1, p / warmup) : 1);

  function draw(name, settings, text = "") {
    const made = document.createElementNS(NS, name);
    for (const [key, value] of Object.entries(settings)) made.setAttribute(key, value);
    made.textContent = text;
    return made;
  }

  // Axes with a few numbers, then lines: each { points: [[x, y]], class }, in 0 … 1 of the plane.
  function plot(svg, ticks, under, lines) {
    const across = (x) => LEFT + x * (WIDE - LEFT - 8);
    const up = (y) => TOP + (1 - y) * (HIGH - TOP - BELOW - 12);
    const parts = [draw("line", { x1: across(0), x2: across(1), y1: up(0), y2: up(0), class: "axis" })];
    for (const [y, text] of ticks)
      parts.push(draw("line", { x1: across(0), x2: across(1), y1: up(y), y2: up(y), class: "grid" }),
        draw("text", { x: LEFT - 5, y: up(y) + 4, "text-anchor": "end" }, text));
    parts.push(draw("text", { x: across(0.5), y: HIGH - 6, "text-anchor": "middle" }, under));
    for (const { points, kind } of lines)
      parts.push(draw("polyline", { class: kind,
        points: points.map(([x, y]) => `${across(x).toFixed(1)},${up(Math.max(0, Math.min(1, y))).toFixed(1)}`).join(" ") }));
    svg.replaceChildren(...parts);
  }

  function setUp(box) {
    box.dataset.ready = "";
    const { runs, peaks, floor, top, steps, stride, final } = JSON.parse(box.dataset.schedules);
    const part = (name) => box.querySelector(`[data-part=${name}]`);
    const order = [...runs].sort((a, b) => a.exam - b.exam);
    box.share = share; // what a test asks

    function show() {
      const name = part("schedule").value;
      const peak = peaks[Number(part("peak").value)];
      const warmup = Number(part("warmup").value);
      const run = runs.find((r) => r.schedule === name && r.peak === peak && r.warmup === warmup);
      part("peak").setAttribute("aria-valuetext", String(peak));
      part("peak-told").textContent = String(peak);
      const course = Array.from({ length: 101 }, (_, i) => [i / 100, share(name, warmup, final, i / 100)]);
      plot(part("course"), [[0, "0"], [0.5, "½"], [1, "peak"]], "progress of the run", [{ points: course, kind: "chosen" }]);
      const height = (bits) => (bits - floor) / (top - floor);
      const line = ({ losses }, kind) => ({ kind,
        points: losses.map((bits, i) => [((i + 0.5) * stride) / steps, height(bits)]) });
      const marks = Array.from({ length: 4 }, (_, i) => Math.ceil(floor) + Math.round((i * (top - Math.ceil(floor))) / 3));
      plot(part("losses"), marks.map((bits) => [height(bits), String(bits)]), `${steps} steps; bits per word`,
        [...runs.filter((r) => r !== run).map((r) => line(r, "other")), line(run, "chosen")]);
      part("status").textContent = `${name}, peak ${peak}, ${warmup ? "warm-up over a tenth" : "no warm-up"}: ` +
        `${run.exam.toFixed(2)} bits per word on sentences drawn anew, number ${order.indexOf(run) + 1} of ` +
        `${runs.length}. The best has ${order[0].exam.toFixed(2)}, the floor is ${floor.toFixed(2)}.`;
      for (const cell of box.querySelectorAll("td[data-run]"))
        cell.toggleAttribute("data-chosen", runs[cell.dataset.run] === run);
      box.run = run;
    }

    for (const control of ["schedule", "peak", "warmup"].map(part)) {
      control.addEventListener("input", show);
      control.addEventListener("keydown", (event) => event.stopPropagation()); // Lab has shortcuts
    }
    box.querySelector("table").addEventListener("click", ({ target }) => {
      const run = runs[target.closest("td[data-run]")?.dataset.run];
      if (!run) return;
      part("schedule").value = run.schedule;
      part("peak").value = peaks.indexOf(run.peak);
      part("warmup").value = run.warmup;
      show();
    });
    show();
  }

  document.querySelectorAll("[data-schedules]:not([data-ready])").forEach(setUp);
})();
