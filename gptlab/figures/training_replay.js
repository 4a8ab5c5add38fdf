// Training played back: words move over a plane from snapshot to snapshot. Places and texts come with
// the box (data-replay); boxes that nobody has set up yet are looked for.
(() => {
  const SVG = "http://www.w3.org/2000/svg";
  const PAUSE = 350; // milliseconds between two snapshots
  const SHAPES = [
    "M-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0", // circle
    "M-4-4h8v8h-8z", // square
    "M0-5l5 9h-10z", // triangle
    "M0-6l5 6l-5 6l-5-6z", // diamond
    "M-5-2h3v-3h4v3h3v4h-3v3h-4v-3h-3z", // cross
  ];

  function drawn(name, attributes, parent) {
    const element = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    parent.append(element);
    return element;
  }

  function setUp(box) {
    const { words, groups, kinds, frames, told } = JSON.parse(box.dataset.replay);
    const find = (part) => box.querySelector("[data-part=" + part + "]");
    const [play, slider, status, legend] = ["play", "slider", "status", "legend"].map(find);
    const plane = box.querySelector("svg");

    kinds.forEach((kind, i) => {
      const item = document.createElement("li");
      const mark = drawn("svg", { viewBox: "-7 -7 14 14", "aria-hidden": "true" }, item);
      drawn("path", { d: SHAPES[i % 5], class: `kind${i % 5}` }, mark);
      item.append(` ${kind}`);
      legend.append(item);
    });
    const spots = words.map((word, i) => {
      const spot = drawn("g", { "data-word": word }, plane);
      drawn("path", { d: SHAPES[groups[i] % 5], class: `kind${groups[i] % 5}` }, spot);
      drawn("text", { x: 7, y: 4 }, spot).textContent = word;
      return spot;
    });

    let timer = null;
    function show(frame) {
      slider.value = frame;
      slider.setAttribute("aria-valuetext", told[frame]);
      status.textContent = told[frame];
      frames[frame].forEach(([x, y], i) => {
        spots[i].style.transform = `translate(${x}px, ${y}px)`;
      });
    }
    function stop() {
      clearInterval(timer);
      timer = null;
      play.textContent = "Play";
      status.setAttribute("aria-live", "polite");
    }
    function start() {
      status.setAttribute("aria-live", "off"); // or a reader's voice would run behind
      if (Number(slider.value) >= frames.length - 1) show(0);
      play.textContent = "Pause";
      timer = setInterval(() => {
        const next = Number(slider.value) + 1;
        if (next >= frames.length - 1) stop();
        show(Math.min(next, frames.length - 1));
      }, PAUSE);
    }
    play.addEventListener("click", () => (timer === null ? start() : stop()));
    slider.addEventListener("input", () => {
      if (timer !== null) stop();
      show(Number(slider.value));
    });
    for (const element of [play, slider]) {
      // Lab and the book have shortcuts of their own on these keys.
      element.addEventListener("keydown", (event) => event.stopPropagation());
    }
    box.dataset.ready = "";
    show(0);
  }

  document.querySelectorAll("[data-replay]:not([data-ready])").forEach(setUp);
})();
