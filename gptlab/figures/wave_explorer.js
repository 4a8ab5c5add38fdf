// Sinusoidal positions: box.positions(t) is position t's vector, pair after pair (sine, cosine).
// The box carries d_model and the number of positions (data-wave-explorer).
(() => {
  function setUp(box) {
    box.dataset.ready = "";
    const [width, count] = box.dataset.waveExplorer.split(" ").map(Number);
    const part = (name) => box.querySelector(`[data-part=${name}]`);
    const sliders = ["pair", "position"].map(part);
    const places = [...Array(count).keys()];
    const speed = (pair) => 10000 ** (-2 * pair / width);
    const vector = (t) =>
      [...Array(width).keys()].map((i) => {
        const angle = t * speed(Math.floor(i / 2));
        return i % 2 ? Math.cos(angle) : Math.sin(angle);
      });
    const vectors = places.map(vector);
    const told = (x) => (Math.abs(x) < 5e-4 ? "0.000" : x.toFixed(3));
    const { width: wide, height: high } = box.querySelector("svg").viewBox.baseVal;
    const x = (t) => (wide * t) / (count - 1);

    function draw(name, values) {
      const points = values.map((v, t) => `${x(t).toFixed(1)},${(high * (1 - v) / 2).toFixed(1)}`);
      part(name).setAttribute("points", points.join(" "));
    }

    function show() {
      const [pair, t] = sliders.map((slider) => Number(slider.value));
      sliders.forEach((slider) => {
        part(`${slider.dataset.part}-told`).textContent = slider.value;
      });
      draw("sine", vectors.map((v) => v[2 * pair]));
      draw("cosine", vectors.map((v) => v[2 * pair + 1]));
      box.likeness = vectors.map((v) => v.reduce((sum, value, i) => sum + value * vectors[t][i], 0));
      draw("likeness", box.likeness.map((dot) => dot / (width / 2)));
      box.querySelectorAll("[data-part=mark]").forEach((mark) => {
        mark.setAttribute("x1", x(t));
        mark.setAttribute("x2", x(t));
      });
      const turn = (2 * Math.PI / speed(pair)).toLocaleString("en", {
        minimumFractionDigits: 1, maximumFractionDigits: 1,
      });
      part("status").textContent = `Pair ${pair} turns once in ${turn} positions. At position ${t}: ` +
        `sine ${told(vectors[t][2 * pair])}, cosine ${told(vectors[t][2 * pair + 1])}.`;
    }

    sliders.forEach((slider) => {
      slider.addEventListener("input", show);
      slider.addEventListener("keydown", (event) => event.stopPropagation()); // Lab has shortcuts
    });
    show();
  }

  document.querySelectorAll("[data-wave-explorer]:not([data-ready])").forEach(setUp);
})();
