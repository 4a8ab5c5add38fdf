// Rotary positions on a dial. The box carries query, key and speed (data-rotary-dial); boxes that
// nobody has set up yet are looked for.
(() => {
  function setUp(box) {
    box.dataset.ready = "";
    const [qx, qy, kx, ky, speed] = box.dataset.rotaryDial.split(" ").map(Number);
    const part = (name) => box.querySelector(`[data-part=${name}]`);
    const [query, key, both] = ["query", "key", "both"].map(part);
    const turned = (x, y, angle) => [
      x * Math.cos(angle) - y * Math.sin(angle),
      x * Math.sin(angle) + y * Math.cos(angle),
    ];

    function draw(name, vector) {
      const length = Math.hypot(...vector);
      part(`${name}-arrow`).setAttribute("x2", (vector[0] / length).toFixed(4));
      part(`${name}-arrow`).setAttribute("y2", (-vector[1] / length).toFixed(4));
    }

    function show() {
      const m = Number(query.value), n = Number(key.value);
      const q = turned(qx, qy, m * speed), k = turned(kx, ky, n * speed);
      draw("query", q);
      draw("key", k);
      const product = q[0] * k[0] + q[1] * k[1];
      box.product = product;
      both.value = Math.min(m, n);
      [query, key, both].forEach((slider) => {
        part(`${slider.dataset.part}-told`).textContent = slider.value;
      });
      const told = Math.abs(product) < 5e-4 ? "0.000" : product.toFixed(3);
      part("status").textContent =
        `Distance ${m - n}. Dot product of the turned vectors: ${told}.`;
    }

    both.addEventListener("input", () => {
      const m = Number(query.value), n = Number(key.value);
      const room = Number(query.max) - Math.max(m, n);
      const step = Math.min(Number(both.value) - Math.min(m, n), room);
      query.value = m + step;
      key.value = n + step;
      show();
    });
    [query, key].forEach((slider) => slider.addEventListener("input", show));
    [query, key, both].forEach((slider) => {
      slider.addEventListener("keydown", (event) => event.stopPropagation()); // Lab has shortcuts
    });
    show();
  }

  document.querySelectorAll("[data-rotary-dial]:not([data-ready])").forEach(setUp);
})();
