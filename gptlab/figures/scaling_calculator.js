// The compute-optimal calculator: what evaluation/scaling.py and training/plan.py compute.
(() => {
  const box = [...document.querySelectorAll("[data-compute]")].find((b) => !b.dataset.ready);
  if (!box) return;
  box.dataset.ready = "yes";
  const { gpus, laws } = JSON.parse(box.dataset.compute);
  const part = (name) => box.querySelector(`[data-part="${name}"]`);
  const tell = (name, text) => {
    box.querySelector(`[data-told="${name}"]`).textContent = text;
    const slider = part(name);
    if (slider) slider.setAttribute("aria-valuetext", text);
  };
  const round3 = (x) => Number(x.toPrecision(3));
  // 3.2 thousand, 70 billion: a reader's number, three digits.
  const words = (x) => {
    for (const [size, name] of [[1e15, "quadrillion"], [1e12, "trillion"], [1e9, "billion"], [1e6, "million"]]) {
      if (x >= size) return `${round3(x / size)} ${name}`;
    }
    return String(Math.round(x).toLocaleString("en"));
  };
  const power = (x) => {
    const e = Math.floor(Math.log10(x));
    return `${(x / 10 ** e).toFixed(2)} × 10^${e}`;
  };
  const loss = ([E, A, B, a, b], n, d) => E + A * n ** -a + B * d ** -b;
  const best = ([, A, B, a, b], flops) => {
    const n = ((a * A) / (b * B)) ** (1 / (a + b)) * (flops / 6) ** (b / (a + b));
    return [n, flops / 6 / n];
  };
  const svg = box.querySelector("svg");
  const draw = (law, flops, n, least) => {
    const left = 50, right = 620, top = 12, bottom = 180;
    const span = 1.6; // powers of ten to each side of the best size
    const points = [];
    for (let i = 0; i <= 80; i += 1) {
      const at = Math.log10(n) - span + (2 * span * i) / 80;
      points.push([at, loss(law, 10 ** at, flops / 6 / 10 ** at)]);
    }
    const most = Math.max(...points.map((p) => p[1]));
    const x = (at) => left + ((at - Math.log10(n) + span) / (2 * span)) * (right - left);
    const y = (l) => bottom - ((l - least) / (most - least)) * (bottom - top - 12) - 12;
    const path = points.map((p, i) => `${i ? "L" : "M"}${x(p[0]).toFixed(1)} ${y(p[1]).toFixed(1)}`).join("");
    let ticks = "";
    for (let e = Math.ceil(Math.log10(n) - span); e <= Math.log10(n) + span; e += 1) {
      ticks += `<path class="axis" d="M${x(e)} ${bottom}v5"/><text x="${x(e)}" y="${bottom + 18}" text-anchor="middle">${words(10 ** e)}</text>`;
    }
    svg.innerHTML = `<path class="axis" d="M${left} ${top}V${bottom}H${right}"/>${ticks}`
      + `<path class="curve" d="${path}"/><circle class="best" r="6" cx="${x(Math.log10(n))}" cy="${y(least)}"/>`
      + `<text x="${x(Math.log10(n))}" y="${y(least) - 12}" text-anchor="middle">${least.toFixed(3)}</text>`
      + `<text x="${left - 6}" y="${top + 20}" text-anchor="end">${most.toFixed(2)}</text>`
      + `<text x="${(left + right) / 2}" y="214" text-anchor="middle">parameters; loss upwards, the same operations everywhere</text>`;
  };
  const update = () => {
    const gpu = part("gpu").value, law = laws[part("law").value];
    const count = Math.round(10 ** Number(part("count").value));
    const hours = Math.round(10 ** Number(part("hours").value));
    const mfu = Number(part("mfu").value), price = Number(part("price").value);
    const flops = count * hours * 3600 * gpus[gpu] * mfu;
    const [n, d] = best(law, flops);
    const found = { flops, parameters: n, tokens: d, loss: loss(law, n, d), cost: price * count * hours };
    box.result = found;
    tell("count", count.toLocaleString("en"));
    tell("hours", hours >= 48 ? `${hours.toLocaleString("en")} (${round3(hours / 24)} days)` : hours);
    tell("mfu", `${Math.round(100 * mfu)} %`);
    tell("price", price.toFixed(2));
    tell("flops", power(flops));
    tell("parameters", words(n));
    tell("tokens", words(d));
    tell("ratio", round3(d / n));
    tell("loss", found.loss.toFixed(3));
    tell("cost", words(found.cost));
    tell("status", `${words(n)} parameters on ${words(d)} tokens: a loss of ${found.loss.toFixed(3)}.`);
    draw(law, flops, n, found.loss);
  };
  box.addEventListener("input", update);
  update();
})();
