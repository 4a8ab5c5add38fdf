// Analogies and neighbours over vectors that lie in the page: 8 bits a number (data-analogies). The
// scores are those of gptlab/embeddings/vectors.py, 3CosAdd and 3CosMul.
(() => {
  const SHOWN = 6;

  function unpack(text, dimensions) {
    const bytes = Int8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    const rows = [];
    for (let at = 0; at < bytes.length; at += dimensions) {
      const row = Float64Array.from(bytes.subarray(at, at + dimensions));
      const length = Math.sqrt(row.reduce((sum, v) => sum + v * v, 0));
      rows.push(row.map((v) => v / length));
    }
    return rows;
  }

  const dot = (u, v) => u.reduce((sum, x, i) => sum + x * v[i], 0);

  function setUp(box) {
    const { words, dimensions, vectors } = JSON.parse(box.dataset.analogies);
    box.dataset.ready = "";
    box.dataset.analogies = ""; // the page need not hold it twice
    const rows = unpack(vectors, dimensions);
    const number = new Map(words.map((word, i) => [word, i]));
    const part = (name) => box.querySelector(`[data-part=${name}]`);

    function find(name) {
      const word = part(name).value.trim().toLowerCase();
      if (number.has(word)) return number.get(word);
      const near = words.filter((other) => word.length > 1 && other.startsWith(word.slice(0, 3))).slice(0, 3);
      throw new RangeError(word ? `“${word}” is not among the ${words.length} words of this page` +
        (near.length ? `; near it: ${near.join(", ")}.` : ".") : "Type a word.");
    }

    const cosines = (i) => rows.map((row) => dot(row, rows[i]));

    // The best words by score, best first; of equals the more frequent one.
    const best = (scores, leftOut) =>
      scores.map((_, i) => i).filter((i) => !leftOut.includes(i))
        .sort((i, j) => scores[j] - scores[i] || i - j).slice(0, SHOWN)
        .map((i) => [words[i], scores[i]]);

    function analogy() {
      const asked = ["a", "b", "c"].map(find);
      const [a, b, c] = asked.map(cosines);
      const moved = (v) => (v + 1) / 2; // or a negative one would turn the product round
      const scores = part("method").value === "mul"
        ? a.map((_, i) => (moved(b[i]) * moved(c[i])) / (moved(a[i]) + 0.001))
        : a.map((_, i) => b[i] - a[i] + c[i]);
      const found = best(scores, part("exclude").checked ? asked : []);
      const given = found.filter(([word]) => asked.some((i) => words[i] === word)).length;
      return [found, `${part("a").value} is to ${part("b").value} as ${part("c").value} is to ` +
        `${found[0][0]}.` + (given ? ` ${given} of the ${SHOWN} are words of the question.` : "")];
    }

    function table(name, found) {
      box[name] = found;
      const most = Math.max(...found.map(([, score]) => score), 1e-9);
      part(name).replaceChildren(...found.map(([word, score]) => {
        const row = document.createElement("tr");
        const head = document.createElement("th");
        head.scope = "row";
        head.textContent = word;
        const value = document.createElement("td");
        value.textContent = score.toFixed(2);
        const bar = document.createElement("span");
        bar.className = "bar";
        bar.style.width = `${Math.max(0, (100 * score) / most)}%`;
        const room = document.createElement("td");
        room.append(bar);
        row.append(head, value, room);
        return row;
      }));
    }

    // Fill a table and say so, or say what is wrong.
    function show(name, work) {
      const status = part(`${name}-told`);
      try {
        const [found, text] = work();
        table(name, found);
        status.textContent = text;
      } catch (error) {
        table(name, []);
        status.textContent = error.message;
      }
    }

    const answers = () => show("answers", analogy);
    const neighbours = () => show("neighbours", () => {
      const i = find("word");
      return [best(cosines(i), [i]), `Nearest to ${words[i]}, with the cosine.`];
    });
    for (const name of ["a", "b", "c", "method", "exclude"]) part(name).addEventListener("input", answers);
    part("word").addEventListener("input", neighbours);
    part("question").addEventListener("input", (event) => {
      event.target.value.split(" ").forEach((word, i) => (part("abc"[i]).value = word));
      answers();
    });
    box.addEventListener("keydown", (event) => event.stopPropagation()); // Lab has shortcuts
    answers();
    neighbours();
  }

  document.querySelectorAll("[data-analogies]:not([data-ready])").forEach(setUp);
})();
