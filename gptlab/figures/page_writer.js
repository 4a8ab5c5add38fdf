// The reader's model writes in the page. It comes with the box (data-writer, base64); boxes that
// nobody has set up yet are looked for. gpt.js computes, sampling.js chooses, tokens.js reads.
(() => {
  const PAUSE = 40; // milliseconds between two tokens, so that one can watch

  function setUp(box) {
    const bytes = Uint8Array.from(atob(box.dataset.writer), (letter) => letter.charCodeAt(0));
    const model = gptlabGPT.read(bytes.buffer);
    const tokens = gptlabTokens.make(model.tokens);
    box.dataset.ready = "";
    box.dataset.writer = ""; // the page need not hold it twice
    box.model = model;
    const part = (name) => box.querySelector(`[data-part=${name}]`);
    const sliders = ["temperature", "topK", "topP"].map(part);
    const room = model.config.context_length;
    let timer = null;
    let seed = 0;

    const rules = () => {
      const [temperature, topK, topP] = sliders.map((slider) => Number(slider.value));
      const told = [temperature.toFixed(2), topK ? String(topK) : "all", topP.toFixed(2)];
      sliders.forEach((slider, i) => {
        part(`${slider.dataset.part}-told`).textContent = told[i];
        slider.setAttribute("aria-valuetext", told[i]);
      });
      return { temperature, topK, topP };
    };
    const say = (text) => (part("status").textContent = text);
    const stop = (why) => {
      clearTimeout(timer);
      timer = null;
      if (why) say(why);
    };

    function guesses(p) {
      const best = p.map((_, i) => i).sort((a, b) => p[b] - p[a]).slice(0, 5);
      part("rows").parentElement.hidden = false;
      part("rows").replaceChildren(...best.filter((i) => p[i] > 0).map((i) => {
        const row = document.createElement("tr");
        for (const [name, text] of [["th", model.tokens.pieces[i]], ["td", p[i].toFixed(3)]]) {
          const made = document.createElement(name);
          made.textContent = typeof text === "string" ? text : `bytes ${text.join(" ")}`;
          if (name === "th") made.scope = "row";
          row.append(made);
        }
        return row;
      }));
    }

    function write() {
      stop();
      let ids;
      try {
        ids = tokens.encode(part("prompt").value);
      } catch (error) {
        return say(`${error.message}. Try another word.`);
      }
      if (tokens.start !== null) ids = [tokens.start, ...ids];
      if (!ids.length) return say("The prompt is empty. Give the model a word to begin with.");
      if (ids.length >= room) return say(`The prompt has ${ids.length} tokens; the model reads at ` +
        `most ${room}. Shorten it.`);
      const cache = gptlabGPT.newCache(model);
      const random = gptlabSampling.randomNumbers(++seed);
      const add = tokens.stream();
      let text = "";
      let logits;
      box.written = [];
      for (const id of ids) {
        logits = gptlabGPT.step(model, id, cache).logits;
        if (id !== tokens.start) text += add(id);
      }
      part("text").textContent = text.trim();
      say("Writing …");
      const next = () => {
        const p = gptlabSampling.probabilities(logits, rules());
        guesses(p);
        const id = gptlabSampling.draw(p, random());
        box.written.push(id);
        const told = () => `${box.written.length} tokens written, ${cache.length} of ${room} ` +
          "places of the cache filled.";
        if (id === tokens.start) return stop(`The text is at its end. ${told()}`);
        text += add(id);
        part("text").textContent = text.trim();
        if (box.written.length >= Number(box.dataset.most)) return stop(told());
        if (cache.length >= room) return stop(`The context is full. ${told()}`);
        logits = gptlabGPT.step(model, id, cache).logits;
        timer = setTimeout(next, PAUSE);
      };
      next();
    }

    part("write").addEventListener("click", write);
    part("stop").addEventListener("click", () => stop("Stopped."));
    part("prompt").addEventListener("keydown", (event) => {
      event.stopPropagation(); // Lab has shortcuts
      if (event.key === "Enter") write();
    });
    for (const slider of sliders) {
      slider.addEventListener("input", rules);
      slider.addEventListener("keydown", (event) => event.stopPropagation());
    }
    rules();
  }

  document.querySelectorAll("[data-writer]:not([data-ready])").forEach(setUp);
})();
