// A GPT to watch at work: its tokens, where each head looks, what may come next, what a token costs.
// The computing is in gptlab/generation: gpt.js (forward pass), sampling.js, tokens.js. The weights
// come by a script tag, so that a page opened from a file has them too.
(() => {
  const BEST = 8; // likeliest tokens shown
  const BARS = 40; // tokens whose time is drawn
  const BUSY = 30; // milliseconds of reading before the page may breathe
  const tell = (n) => n.toLocaleString("en");
  const millions = (n) => `${(n / 1e6).toFixed(2)} million`;
  const mean = (list) => list.reduce((sum, v) => sum + v, 0) / list.length;

  function make(name, text = "", settings = {}) {
    const made = Object.assign(document.createElement(name), settings);
    made.textContent = text;
    return made;
  }

  // The weights as text, from the file named by the box; other boxes of the page use them too.
  const load = (src) =>
    globalThis.gptlabLiveModel
      ? Promise.resolve(globalThis.gptlabLiveModel)
      : new Promise((done, fail) => {
          const script = make("script", "", { src });
          script.onload = () => done(globalThis.gptlabLiveModel);
          script.onerror = () => fail(new Error(`the weights (${src}) could not be loaded; build ` +
            "the book again with “make book” and open the page from there"));
          document.head.append(script);
        });

  function fromBase64(text) {
    const letters = atob(text);
    const bytes = new Uint8Array(letters.length);
    for (let i = 0; i < bytes.length; i++) bytes[i] = letters.charCodeAt(i);
    return bytes.buffer;
  }

  // Multiplications, each with its addition, that gpt.js makes to read the token at place `at`.
  function multiplyAdds({ d_model: d, d_ff, n_layers, vocab_size }, at) {
    const weights = 4 * d * d + 2 * d * (d_ff ?? 4 * d); // of one block
    const looking = 2 * d * (at + 1); // scores with all keys so far, and the sum of their values
    return n_layers * (weights + looking) + vocab_size * d;
  }

  function setUp(box) {
    box.dataset.ready = "";
    const part = (name) => box.querySelector(`[data-part=${name}]`);
    const say = (text) => (part("status").textContent = text);
    const sliders = ["temperature", "topK", "topP"].map(part);
    const heads = () => [...box.querySelectorAll("input[type=radio]")];
    let model, tokens, room, longest;
    let cache;
    let read = []; // for each token read: { id, logits, attention }
    let prompt = 0; // how many of them are the prompt's, the start token included
    let chosen = 0; // the token that is looked at
    let costs = []; // for each token written: { cached, count, sum, ms }
    let random;
    let timer = null;
    box.read = () => read; // what a test looks at
    box.costs = () => costs;

    const rules = () => {
      const [temperature, topK, topP] = sliders.map((slider) => Number(slider.value));
      const told = [temperature.toFixed(2), topK ? String(topK) : "all", topP.toFixed(2)];
      sliders.forEach((slider, i) => {
        part(`${slider.dataset.part}-told`).textContent = told[i];
        slider.setAttribute("aria-valuetext", told[i]);
      });
      return { temperature, topK, topP };
    };

    function name(id) {
      if (id === tokens.start) return "(start)";
      const piece = model.tokens.pieces[id];
      return typeof piece === "string" ? piece
        : piece.map((byte) => byte.toString(16).toUpperCase().padStart(2, "0")).join(" ");
    }
    const quoted = (id) => `“${name(id).replace(/\n/g, "⏎")}”`;

    // Reading

    const readOne = (id) => read.push({ id, ...gptlabGPT.step(model, id, cache) });

    // Forget all but the first tokens; what is left of the cache stays right.
    function keep(length) {
      read.length = length;
      cache.length = length;
      for (const rows of [...cache.keys, ...cache.values]) rows.length = length;
    }

    function anew(ids) {
      cache = gptlabGPT.newCache(model);
      read = [];
      ids.forEach(readOne);
    }

    function stop(why) {
      clearTimeout(timer);
      timer = null;
      if (why) say(why);
    }

    // The prompt's tokens; what has been read of them already is not read again.
    function readPrompt(then = () => {}) {
      stop();
      const refuse = (why) => {
        keep(0);
        part("loaded").hidden = true;
        say(why);
      };
      const text = part("prompt").value;
      const most = room * longest;
      if (text.length > most) return refuse(`The prompt has ${tell(text.length)} characters. The ` +
        `model reads at most ${room} tokens, which are never more than ${tell(most)} ` +
        "characters. Shorten it.");
      const ids = [tokens.start, ...tokens.encode(text)];
      if (ids.length >= room) return refuse(`The prompt has ${tell(ids.length - 1)} tokens. The ` +
        `model reads at most ${room}, one of them is the start sign, and one place must be left ` +
        "to write in. Shorten it.");
      let same = 0;
      while (same < Math.min(ids.length, read.length) && read[same].id === ids[same]) same++;
      keep(same);
      prompt = ids.length;
      costs = [];
      random = gptlabSampling.randomNumbers(Number(part("seed").value) || 0);
      const more = () => {
        const until = performance.now() + BUSY;
        while (read.length < ids.length && performance.now() < until) readOne(ids[read.length]);
        if (read.length < ids.length) {
          say(`Reading: ${read.length} of ${ids.length} tokens.`);
          timer = setTimeout(more);
          return;
        }
        timer = null;
        chosen = read.length - 1;
        say(ids.length > 1
          ? `The prompt is ${ids.length - 1} tokens, read behind a start sign. Press Write.`
          : "The prompt is empty: the model begins a text of its own. Press Write.");
        show();
        then();
      };
      more();
    }

    // Writing

    function writeOne() {
      const p = gptlabSampling.probabilities(read.at(-1).logits, rules());
      const id = gptlabSampling.draw(p, random());
      const ids = [...read.map((each) => each.id), id];
      const cached = part("cache").checked;
      const began = performance.now();
      if (cached) readOne(id);
      else anew(ids);
      const ms = performance.now() - began;
      costs.push({ cached, ms, ...work(cached, ids.length) });
      chosen = read.length - 1;
      show();
      if (id === tokens.start) return "The text is at its end";
      return read.length >= room ? "The context is full" : "";
    }

    // What reading the last of so many tokens takes: one step, or one for each.
    function work(cached, length) {
      const places = cached ? [length - 1] : [...Array(length).keys()];
      return { count: places.length,
               sum: places.reduce((sum, at) => sum + multiplyAdds(model.config, at), 0) };
    }

    function write(most, pressed = performance.now()) {
      if (!read.length || read.length < prompt) return readPrompt(() => write(most, pressed));
      const over = read.length >= room || (costs.length && read.at(-1).id === tokens.start);
      if (over) return say("This text is at its end. Press Start over.");
      let left = Math.max(1, Math.min(room, Math.floor(most) || 1));
      let first;
      const next = () => {
        timer = null;
        const end = writeOne();
        first ??= performance.now() - pressed;
        box.dataset.first = first;
        if (!end && --left > 0) return (timer = setTimeout(next));
        say(`${end ? `${end}: ` : ""}${costs.length} tokens written; the first stood here ` +
          `${Math.ceil(first)} ms after the key.`);
      };
      say("Writing …");
      next();
    }

    // Showing

    function show() {
      part("loaded").hidden = false;
      showTokens();
      showNext();
      showHeads();
      showCost();
    }

    const layerAndHead = () => heads().find((each) => each.checked).value.split(" ").map(Number);

    function showTokens() {
      const [layer, head] = layerAndHead();
      const looked = read[chosen].attention[layer][head];
      part("tokens").replaceChildren(...read.map(({ id }, i) => {
        const option = make("span", name(id).replace(/\n/g, "⏎\n"), { id: `${box.id}-${i}` });
        option.setAttribute("role", "option");
        option.setAttribute("aria-selected", String(i === chosen));
        if (i >= prompt) option.className = "written";
        const weight = looked[i] ?? 0;
        option.style.setProperty("--weight", Math.sqrt(weight).toFixed(3));
        return option;
      }));
      const list = part("tokens");
      list.setAttribute("aria-activedescendant", `${box.id}-${chosen}`);
      const most = looked.map((_, i) => i).sort((a, b) => looked[b] - looked[a]).slice(0, 4);
      part("looks").textContent = `Layer ${layer + 1}, head ${head + 1}: ${quoted(read[chosen].id)} ` +
        `looks at ${most.map((i) => `${quoted(read[i].id)} ${looked[i].toFixed(2)}`).join(", ")}.`;
    }

    function showNext() {
      const { logits } = read[chosen];
      const plain = gptlabSampling.probabilities(logits);
      const now = gptlabSampling.probabilities(logits, rules());
      const order = plain.map((_, i) => i).sort((a, b) => plain[b] - plain[a]);
      box.probabilities = now;
      part("next").replaceChildren(...order.slice(0, BEST).map((id) => {
        const row = make("tr");
        const bar = make("span", "", { className: "bar" });
        bar.style.width = `${(100 * now[id]).toFixed(1)}%`;
        const last = make("td");
        last.append(bar);
        row.append(make("th", name(id).replace(/\n/g, "⏎"), { scope: "row" }),
          make("td", plain[id].toFixed(3)), make("td", now[id].toFixed(3)), last);
        return row;
      }));
      const left = now.filter((p) => p > 0).length;
      const came = read[chosen + 1]?.id;
      const place = order.indexOf(came) + 1;
      part("after").textContent = `${tell(left)} of ${tell(now.length)} tokens can come after ` +
        `${quoted(read[chosen].id)}.` + (came === undefined ? "" : ` What came is ${quoted(came)}, ` +
        `number ${tell(place)} with probability ${plain[came].toFixed(3)}.`);
    }

    function draw(canvas, layer, head) {
      const size = read.length;
      canvas.width = canvas.height = size;
      const pen = canvas.getContext("2d");
      const image = pen.createImageData(size, size);
      read.forEach(({ attention }, row) => attention[layer][head].forEach((weight, column) =>
        image.data.set([13, 96, 222, 255 * Math.sqrt(weight)], 4 * (row * size + column))));
      pen.putImageData(image, 0, 0);
    }

    function showHeads() {
      for (const radio of heads()) draw(radio.nextElementSibling, ...radio.value.split(" ").map(Number));
      const [layer, head] = layerAndHead();
      draw(part("map"), layer, head);
      part("map").setAttribute("aria-label", `Attention of layer ${layer + 1}, head ${head + 1}: a row for ` +
        `each of ${read.length} tokens, a column for each token it looks at, dark where the weight is large`);
      part("row").style.top = `${(100 * chosen) / read.length}%`;
      part("row").style.height = `${100 / read.length}%`;
    }

    function showCost() {
      for (const cached of [true, false]) {
        const measured = costs.filter((each) => each.cached === cached).map((each) => each.ms);
        const { count, sum } = work(cached, read.length);
        const ms = measured.length ? mean(measured).toFixed(1) : "not tried";
        const row = part(cached ? "with" : "without");
        [tell(count), millions(sum), ms].forEach((text, i) => (row.cells[i + 1].textContent = text));
      }
      const last = costs.slice(-BARS);
      const most = Math.max(...last.map((each) => each.ms));
      part("times").replaceChildren(...last.map(({ ms, cached }) => {
        const bar = make("span", "", { className: cached ? "cached" : "" });
        bar.style.height = `${Math.max(3, (100 * ms) / most)}%`;
        return bar;
      }));
      part("times").hidden = !last.length;
      if (last.length) part("times").setAttribute("aria-label", `Milliseconds of the last ${last.length} tokens: ` +
        `from ${Math.min(...last.map((each) => each.ms)).toFixed(1)} to ${most.toFixed(1)}`);
    }

    // Keys and buttons

    function start(text) {
      model = gptlabGPT.read(fromBase64(text));
      box.model = model;
      tokens = gptlabTokens.make(model.tokens);
      room = model.config.context_length;
      longest = Math.max(...tokens.pieces.map((piece) => piece.length));
      cache = gptlabGPT.newCache(model);
      const { n_layers, n_heads } = model.config;
      const places = Array.from({ length: n_layers * n_heads }, (_, i) => [Math.floor(i / n_heads), i % n_heads]);
      part("heads").style.setProperty("--heads", n_heads);
      part("heads").replaceChildren(...places.map(([layer, head], i) => {
        const label = make("label");
        const radio = make("input", "", { type: "radio", name: `${box.id}-head`, value: `${layer} ${head}`, checked: !i });
        const caption = make("span", `layer ${layer + 1}, head ${head + 1}`);
        radio.addEventListener("change", () => (showTokens(), showHeads()));
        label.append(radio, make("canvas"), caption);
        label.querySelector("canvas").setAttribute("aria-hidden", "true");
        return label;
      }));
      readPrompt();
    }

    const ready = () => model !== undefined;
    const wanted = (action) => () => (ready() ? action() : say("The weights are still on their way."));
    let typing;
    part("prompt").addEventListener("input", () => {
      clearTimeout(typing);
      typing = setTimeout(wanted(readPrompt), 150);
    });
    const begin = wanted(() => {
      const pressed = performance.now();
      clearTimeout(typing);
      readPrompt(() => write(Number(part("most").value), pressed));
    });
    part("write").addEventListener("click", begin);
    part("one").addEventListener("click", wanted(() => (stop(), write(1))));
    part("more").addEventListener("click", wanted(() => (stop(), write(Number(part("most").value)))));
    part("stop").addEventListener("click", () => stop(`Stopped after ${costs.length} tokens.`));
    part("over").addEventListener("click", wanted(() => readPrompt()));
    part("prompt").addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      begin();
    });
    part("tokens").addEventListener("keydown", (event) => {
      const last = read.length - 1;
      const to = { ArrowLeft: chosen - 1, ArrowRight: chosen + 1, Home: 0, End: last }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      look(to);
    });
    part("tokens").addEventListener("click", ({ target }) => {
      if (target.getAttribute("role") === "option") look(Number(target.id.split("-").at(-1)));
    });
    function look(at) {
      if (!read.length) return;
      chosen = Math.max(0, Math.min(read.length - 1, at));
      showTokens();
      showNext();
      showHeads();
    }
    for (const slider of sliders) slider.addEventListener("input", () => (ready() && read.length ? showNext() : rules()));
    rules();

    if (typeof BigInt === "undefined" || !Array.prototype.findLastIndex)
      return say("This browser is too old for the model; one of 2023 or later runs it.");
    say("Loading the weights …");
    const weights = () => load(box.dataset.src).then(start).catch((error) => say(`${error.message}.`));
    if (document.readyState === "complete") weights();
    else addEventListener("load", weights, { once: true });
  }

  document.querySelectorAll("[data-live]:not([data-ready])").forEach(setUp);
})();
