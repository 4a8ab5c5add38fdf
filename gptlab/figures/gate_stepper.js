// An LSTM's gates, one word at a time. The numbers come from a trained network (data-gates); the
// page redoes the step c' = f c + i g, h' = o tanh(c') and shows the sum.
(() => {
  const ROWS = ["forget f", "input i", "candidate g", "output o"];
  const tell = (v) => (v < 0 ? "−" : "") + Math.abs(v).toFixed(2);
  const factor = (v) => (v < 0 ? `(${tell(v)})` : tell(v));

  function make(name, text, scope) {
    const made = document.createElement(name);
    made.textContent = text;
    if (scope) made.scope = scope;
    return made;
  }

  function setUp(box) {
    box.dataset.ready = "";
    const { units, sentences } = JSON.parse(box.dataset.gates);
    const part = (name) => box.querySelector(`[data-part=${name}]`);
    let at = 0; // the word that is being read

    // Memory and state after each word, by the chapter's two equations.
    function run(sentence, unit) {
      let c = 0;
      return sentence.words.map((word, t) => {
        const [f, i, g, o] = sentence.gates[t][unit];
        const before = c;
        c = f * c + i * g;
        return { word, f, i, g, o, before, c, h: o * Math.tanh(c) };
      });
    }

    function show() {
      const sentence = sentences[part("sentence").selectedIndex];
      const unit = part("unit").selectedIndex;
      const steps = run(sentence, unit);
      at = Math.max(0, Math.min(steps.length - 1, at));
      const now = steps[at];
      box.step = now;
      const most = Math.max(1, ...steps.map(({ c }) => Math.abs(c)));
      part("words").replaceChildren(...steps.map(({ word, c }, t) => {
        const option = make("span", "");
        option.id = `${part("words").id}-${t}`;
        option.setAttribute("role", "option");
        option.setAttribute("aria-selected", String(t === at));
        const room = make("span", "");
        room.className = "room";
        const bar = make("span", "");
        bar.className = c < 0 ? "bar below" : "bar";
        bar.style.height = `${(50 * Math.abs(c)) / most}%`;
        room.append(bar);
        if (t > at) option.className = "unread";
        option.append(room, make("span", word));
        return option;
      }));
      part("words").setAttribute("aria-activedescendant", `${part("words").id}-${at}`);
      part("status").textContent = `Word ${at + 1} of ${steps.length}, “${now.word}”, unit ` +
        `${units[unit]}: c′ = f · c + i · g = ${tell(now.f)} · ${factor(now.before)} + ${tell(now.i)} · ` +
        `${factor(now.g)} = ${tell(now.c)}; h′ = o · tanh c′ = ${tell(now.o)} · tanh ${factor(now.c)} = ` +
        `${tell(now.h)}.`;
      part("rows").replaceChildren(...ROWS.map((name, k) => {
        const value = [now.f, now.i, now.g, now.o][k];
        const row = document.createElement("tr");
        const bar = make("span", "");
        bar.className = value < 0 ? "gate below" : "gate";
        bar.style.width = `${100 * Math.abs(value)}%`;
        const room = document.createElement("td");
        room.append(bar);
        row.append(make("th", name, "row"), make("td", tell(value)), room);
        return row;
      }));
      part("back").disabled = at === 0;
      part("next").disabled = at === steps.length - 1;
    }

    const go = (to) => {
      at = to;
      show();
    };
    part("words").addEventListener("keydown", (event) => {
      event.stopPropagation(); // Lab has shortcuts
      const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: Infinity }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      go(to);
    });
    part("words").addEventListener("click", (event) => {
      const option = event.target.closest("[role=option]");
      if (option) go(Number(option.id.split("-").at(-1)));
    });
    part("back").addEventListener("click", () => go(at - 1));
    part("next").addEventListener("click", () => go(at + 1));
    for (const menu of [part("sentence"), part("unit")]) {
      menu.addEventListener("change", show);
      menu.addEventListener("keydown", (event) => event.stopPropagation());
    }
    show();
  }

  document.querySelectorAll("[data-gates]:not([data-ready])").forEach(setUp);
})();
