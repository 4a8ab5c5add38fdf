// ELIZA in the page: the mechanism of gptlab/classic/eliza.py, where it is explained.
// Looks for boxes marked data-chat that nobody has set up yet.
(() => {
  const TOKEN = /[\p{L}\p{M}\p{N}]+(?:['-][\p{L}\p{M}\p{N}]+)*|[.,;:!?]/gu;
  const DELIMITERS = new Set([".", ",", ";", ":", "!", "?", "BUT"]);
  const SIX_BITS = new Map([[" ", 0o60], ["'", 0o14], ["-", 0o40]]);
  [..."0123456789"].forEach((c, i) => SIX_BITS.set(c, i));
  for (const [start, row] of [[0o21, "ABCDEFGHI"], [0o41, "JKLMNOPQR"], [0o62, "STUVWXYZ"]])
    [...row].forEach((c, i) => SIX_BITS.set(c, start + i));

  function hash(word, bits) {
    const letters = [...word];
    const block = letters.slice(Math.floor((letters.length - 1) / 6) * 6);
    let number = 0n;
    for (let i = 0; i < 6; i++) {
      const letter = block[i] ?? " ";
      number = (number << 6n) | BigInt(SIX_BITS.get(letter) ?? letter.codePointAt(0) % 64);
    }
    number &= (1n << 35n) - 1n;
    return Number(((number * number) >> BigInt(35 - Math.floor(bits / 2))) & ((1n << BigInt(bits)) - 1n));
  }

  function decompose(pattern, words, classes) {
    const allowed = pattern.map((piece) => {
      if (typeof piece === "number") return null;
      if (typeof piece === "string") return new Set([piece]);
      return new Set(piece[0] === "any" ? piece[1] : piece[1].flatMap((tag) => classes[tag] || []));
    });
    const hopeless = new Map();
    function fit(piece, at) {
      if (piece === pattern.length) return at === words.length ? [] : null;
      if (at >= (hopeless.get(piece) ?? words.length + 1)) return null;
      const here = pattern[piece];
      let from = typeof here === "number" ? here : 1, to = from;
      if (here === 0) {
        to = words.length - at;
        from = piece === pattern.length - 1 ? to : 0;
      }
      for (let length = from; length <= to; length++) {
        if (at + length > words.length) break;
        if (allowed[piece] && !allowed[piece].has(words[at])) break;
        const rest = fit(piece + 1, at + length);
        if (rest) return [words.slice(at, at + length), ...rest];
      }
      if (here === 0) hopeless.set(piece, at);
      return null;
    }
    return fit(0, 0);
  }

  const reassemble = (pieces, parts) =>
    pieces.flatMap((piece) => (typeof piece === "number" ? parts[piece - 1] : [piece]));

  class Eliza {
    constructor(script) {
      this.script = script;
      this.turn = 0;
      this.memory = [];
      this.next = new Map();
    }

    scan(text) {
      let swapped = [], best = 0;
      const stack = [];
      for (const word of text.toUpperCase().replaceAll("’", "'").match(TOKEN) || []) {
        if (DELIMITERS.has(word)) {
          if (stack.length) break;
          swapped = [];
          continue;
        }
        const key = Object.hasOwn(this.script.keywords, word) ? this.script.keywords[word] : null;
        swapped.push((key && key[1]) || word);
        if (key && (key[2].length || key[3])) {
          if (key[0] > best) {
            stack.unshift(word);
            best = key[0];
          } else stack.push(word);
        }
      }
      return [swapped, stack];
    }

    respond(text) {
      this.turn += 1;
      const [words, stack] = this.scan(text);
      const steps = [];
      if (stack[0] === this.script.memoryWord) {
        const [pattern, replies] = this.script.memory[hash(words[words.length - 1], 2)];
        const parts = decompose(pattern, words, this.script.classes);
        if (parts) this.memory.push(reassemble(replies[0][0], parts).join(" "));
      }
      if (!stack.length && this.memory.length && this.turn % 4 === 3)
        return [this.memory.shift(), "no keyword, so something from the memory"];
      for (const keyword of stack) {
        const answer = this.transform(keyword, words, steps);
        if (answer) return [answer, steps.join(" → ")];
      }
      return [this.replyOf("NONE", 0, this.script.none, [words], []), "no keyword fits: NONE"];
    }

    transform(keyword, words, steps) {
      const [, , rules, link] = this.script.keywords[keyword];
      for (let number = 0; number < rules.length; number++) {
        const parts = decompose(rules[number][0], words, this.script.classes);
        if (parts) return this.replyOf(keyword, number, rules[number], parts, steps);
      }
      return link ? this.transform(link, words, steps) : "";
    }

    replyOf(keyword, number, [pattern, replies], parts, steps) {
      const name = `${keyword} ${number}`;
      const turn = this.next.get(name) || 0;
      this.next.set(name, (turn + 1) % replies.length);
      const marks = { any: "*", class: "/" };
      const told = pattern.map((p) => (Array.isArray(p) ? `(${marks[p[0]]}${p[1].join(" ")})` : p));
      steps.push(`${keyword} (${told.join(" ")})`);
      const [pieces, link, newkey, pre] = replies[turn];
      if (newkey) return "";
      if (link) return this.transform(link, pre ? reassemble(pieces, parts) : parts.flat(), steps);
      return reassemble(pieces, parts).join(" ");
    }
  }

  function setUp(box) {
    const script = JSON.parse(box.dataset.chat);
    const log = box.querySelector("[role=log]");
    const part = (name) => box.querySelector(`[data-part=${name}]`);
    let eliza;

    function say(kind, text) {
      const line = document.createElement("p");
      line.className = kind;
      line.textContent = text;
      log.append(line);
      log.scrollTop = log.scrollHeight;
    }

    function begin() {
      eliza = new Eliza(script);
      log.replaceChildren();
      say("eliza", `ELIZA: ${script.greeting}`);
    }

    box.querySelector("form").addEventListener("submit", (event) => {
      event.preventDefault();
      const text = part("said").value;
      part("said").value = "";
      const [answer, why] = eliza.respond(text);
      say("you", `You: ${text}`);
      say("eliza", `ELIZA: ${answer}`);
      say("why", why);
    });
    part("why").addEventListener("change", (event) => box.toggleAttribute("data-why", event.target.checked));
    part("again").addEventListener("click", () => {
      begin();
      part("said").focus();
    });
    // In Lab the keys of the notebook must not hear what is typed here.
    box.addEventListener("keydown", (event) => event.stopPropagation());
    begin();
  }

  for (const box of document.querySelectorAll("[data-chat]:not([data-ready])")) {
    box.dataset.ready = "";
    setUp(box);
  }
})();
