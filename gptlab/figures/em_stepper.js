// Expectation-maximisation for IBM Model 1, one step at a time. No kernel, no network.
(function () {
  function start(box) {
    const data = JSON.parse(box.querySelector("script[type='application/json']").textContent);
    const { sources, targets, pairs } = data; // pairs hold numbers of words
    const says = box.querySelector("[role=status]");
    let table, iterations;

    // Which words ever stood in one pair: only these have an entry.
    const met = sources.map(() => targets.map(() => false));
    for (const [s, t] of pairs) for (const i of s) for (const j of t) met[i][j] = true;

    function zeros() {
      return sources.map(() => targets.map(() => 0));
    }

    // The E step: each target word shares one count among the source words beside it.
    function expect() {
      const counts = zeros(), shares = [];
      let log = 0;
      for (const [s, t] of pairs) {
        const rows = s.map(() => []);
        for (const j of t) {
          const whole = s.reduce((sum, i) => sum + table[i][j], 0);
          log += Math.log(whole / s.length);
          s.forEach((i, row) => {
            rows[row].push(table[i][j] / whole);
            counts[i][j] += table[i][j] / whole;
          });
        }
        shares.push(rows);
      }
      return { counts, shares, log };
    }

    // The M step: each row of counts, divided by its sum.
    function maximise(counts) {
      return counts.map((row) => {
        const whole = row.reduce((sum, count) => sum + count, 0);
        return row.map((count) => count / whole);
      });
    }

    function put(cell, value, depth) {
      cell.textContent = value.toFixed(3);
      cell.dataset.value = value;
      cell.style.backgroundColor = "rgba(13, 96, 222, " + (0.4 * depth).toFixed(3) + ")";
    }

    function show() {
      const { counts, shares, log } = expect();
      shares.forEach((rows, p) =>
        rows.forEach((row, r) =>
          row.forEach((value, c) => put(box.querySelector(`[data-share="${p} ${r} ${c}"]`), value, value))));
      for (const [name, values, scale] of [["count", counts, 2], ["table", table, 1]])
        values.forEach((row, i) =>
          row.forEach((value, j) => {
            if (met[i][j]) put(box.querySelector(`[data-${name}="${i} ${j}"]`), value, Math.min(1, value / scale));
          }));
      box.dataset.iterations = iterations;
      box.dataset.log = log;
      says.textContent = `After ${iterations} iteration${iterations === 1 ? "" : "s"}: ` +
        `the logarithm of the probability of all target words is ${log.toFixed(3)}.`;
    }

    function step(times) {
      for (let n = 0; n < times; n++) table = maximise(expect().counts);
      iterations += times;
      show();
    }

    function reset() {
      table = met.map((row) => row.map((ever) => (ever ? 1 / targets.length : 0)));
      iterations = 0;
      show();
    }

    for (const button of box.querySelectorAll("button"))
      button.addEventListener("click", () => {
        const times = Number(button.dataset.steps);
        if (times) step(times);
        else reset();
      });
    reset();
    step(data.iterations);
  }

  for (const box of document.querySelectorAll(".gptlab-em:not([data-ready])")) {
    box.dataset.ready = "yes";
    start(box);
  }
})();
