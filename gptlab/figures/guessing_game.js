// Shannon's guessing game: the same bound as gptlab/classic/shannon.py, where it is explained.
// Looks for boxes marked data-guessing that nobody has set up yet.
(() => {
  const ENOUGH = 20;
  const show = (letter) => (letter === " " ? "␣" : letter);
  const say = (letter) => (letter === " " ? "the space" : letter);

  // Bits per letter from the numbers of guesses: minus the sum of q log2 q.
  function bound(ranks) {
    const counts = new Map();
    for (const rank of ranks) counts.set(rank, (counts.get(rank) || 0) + 1);
    let bits = 0;
    for (const count of counts.values()) {
      const share = count / ranks.length;
      bits -= share * Math.log2(share);
    }
    return Math.abs(bits);
  }

  function setUp(box) {
    const sentences = JSON.parse(box.dataset.guessing);
    const part = (name) => box.querySelector(`[data-part=${name}]`);
    const keys = [...box.querySelectorAll("[data-key]")];
    let which = 0, mine = [], shown = 0, tried = new Set();

    const here = () => sentences[which];
    const over = () => mine.length === here().text.length;

    function figures(name, ranks) {
      const given = ranks.length > 0;
      const first = ranks.filter((rank) => rank === 1).length;
      const mean = ranks.reduce((sum, rank) => sum + rank, 0) / ranks.length;
      part(`${name}-first`).textContent = given ? `${Math.round((100 * first) / ranks.length)} %` : "–";
      part(`${name}-mean`).textContent = given ? mean.toFixed(1) : "–";
      // From a few letters the bound is far too low: rare numbers of guesses have not come up yet.
      // Nor does the bound hold for letters that were shown: nobody could do without the text there.
      const fair = ranks.length >= ENOUGH && !(name === "you" && shown);
      part(`${name}-bits`).textContent = fair ? bound(ranks).toFixed(2) : "–";
    }

    function draw() {
      const { text, ranks, bits } = here();
      const played = part("played");
      played.replaceChildren();
      const cell = (letter, yours, models) => {
        const span = document.createElement("span");
        for (const [tag, content] of [["b", letter], ["i", yours], ["i", models]]) {
          const line = document.createElement(tag);
          line.textContent = content;
          span.append(line);
        }
        played.append(span);
        return span;
      };
      mine.forEach((guesses, t) => cell(show(text[t]), guesses, ranks[t]));
      if (!over()) cell("\u00a0", "\u00a0", "\u00a0").className = "now";
      for (const key of keys)
        key.setAttribute("aria-disabled", over() || tried.has(key.dataset.key));
      part("reveal").setAttribute("aria-disabled", over());
      part("typed").disabled = over();
      const done = mine.length;
      figures("you", mine);
      figures("model", ranks.slice(0, done));
      const cost = bits.slice(0, done).reduce((sum, each) => sum + each, 0) / done;
      part("probabilities").textContent = done
        ? `By its probabilities the model pays ${cost.toFixed(2)} bits for each of these ${done} letters.`
        : "The model has a probability for every letter; what it pays in bits will stand here.";
    }

    function settle(guesses, told) {
      const letter = here().text[mine.length];
      const models = here().ranks[mine.length];
      mine.push(guesses);
      tried = new Set();
      part("status").textContent =
        `${told(say(letter))}; the model's was ${models}.` +
        (over() ? " That was the last letter." : "");
    }

    function guess(letter) {
      if (over() || tried.has(letter) || !keys.some((key) => key.dataset.key === letter)) return;
      if (letter === here().text[mine.length]) {
        const number = tried.size + 1;
        settle(number, (name) => `Yes: ${name}, your guess number ${number}`);
      } else {
        tried.add(letter);
        part("status").textContent = `Not ${say(letter)}. Guesses so far: ${tried.size}.`;
      }
      draw();
    }

    function begin(sentence) {
      which = sentence % sentences.length;
      mine = [];
      shown = 0;
      tried = new Set();
      part("status").textContent =
        `Sentence ${which + 1} of ${sentences.length}, ${here().text.length} letters. Which is the first?`;
      draw();
    }

    for (const key of keys) key.addEventListener("click", () => guess(key.dataset.key));
    part("typed").addEventListener("input", (event) => {
      const letter = event.target.value.toLowerCase();
      event.target.value = "";
      guess(letter);
    });
    part("reveal").addEventListener("click", () => {
      if (over()) return;
      // Whoever gives up would have found it at the latest with the last letter that was left.
      shown += 1;
      const told = `counted as guess ${keys.length}, and your bits stay open`;
      settle(keys.length, (name) => `It is ${name}, ${told}`);
      draw();
    });
    part("again").addEventListener("click", () => begin(which));
    part("other").addEventListener("click", () => begin(which + 1));
    // In Lab the keys of the notebook must not hear what is typed here.
    box.addEventListener("keydown", (event) => event.stopPropagation());
    begin(0);
  }

  for (const box of document.querySelectorAll("[data-guessing]:not([data-ready])")) {
    box.dataset.ready = "";
    setUp(box);
  }
})();
