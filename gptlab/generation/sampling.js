// The rules of gptlab/generation/sampling.py in the page: temperature, top-k, top-p, one draw.
globalThis.gptlabSampling = (() => {
  // What the next token is drawn from. Temperature 0: all on the best; topK 0 and topP 1: no cut.
  function probabilities(logits, { temperature = 1, topK = 0, topP = 1 } = {}) {
    const most = logits.reduce((a, v) => Math.max(a, v), -Infinity);
    if (temperature === 0) {
      const best = logits.indexOf(most);
      return Array.from(logits, (_, i) => Number(i === best));
    }
    let powers = Array.from(logits, (v) => Math.exp((v - most) / temperature));
    // Best first; of equals, the one with the lower id.
    const order = powers.map((_, i) => i).sort((a, b) => logits[b] - logits[a] || a - b);
    if (topK && topK < order.length) {
      const least = logits[order[topK - 1]];
      powers = powers.map((power, i) => (logits[i] < least ? 0 : power));
    }
    if (topP < 1) {
      const needed = topP * powers.reduce((a, v) => a + v, 0);
      let held = 0;
      for (const i of order) {
        const before = held;
        held += powers[i];
        if (before >= needed) powers[i] = 0;
      }
    }
    const total = powers.reduce((a, v) => a + v, 0);
    return powers.map((power) => power / total);
  }

  // Walk along the probabilities until a random number from 0 to 1 is used up.
  function draw(probabilities, random) {
    let left = random;
    for (let i = 0; i < probabilities.length; i++) {
      left -= probabilities[i];
      if (left < 0) return i;
    }
    return probabilities.findLastIndex((p) => p > 0); // sums of rounded numbers may end below 1
  }

  // Random numbers from 0 to 1 that a seed fixes: Tommy Ettinger's mulberry32.
  function randomNumbers(seed) {
    let state = seed >>> 0;
    return () => {
      state = (state + 0x6d2b79f5) >>> 0;
      let mixed = Math.imul(state ^ (state >>> 15), state | 1);
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
    };
  }

  return { probabilities, draw, randomNumbers };
})();
