// A GPT that writes, in the page: the forward pass of gptlab/models/gpt.py once more, in plain
// JavaScript, one token at a time, with a KV cache. Weights have the names they have in torch.
globalThis.gptlabGPT = (() => {
  // The file is a safetensors file: the header's length, the header (JSON), then the numbers.
  function read(buffer) {
    const size = Number(new DataView(buffer).getBigUint64(0, true));
    const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 8, size)));
    const { __metadata__: { config, tokens }, ...tensors } = header;
    const weights = {};
    for (const [name, { dtype, data_offsets: [from, to] }] of Object.entries(tensors)) {
      const bytes = buffer.slice(8 + size + from, 8 + size + to);
      weights[name] = dtype === "F16" ? fromHalf(new Uint16Array(bytes)) : new Float32Array(bytes);
    }
    return { config: JSON.parse(config), tokens: JSON.parse(tokens), weights };
  }

  // 16 bits: a sign, five of exponent, ten of fraction.
  const fromHalf = (halves) =>
    Float32Array.from(halves, (h) => {
      const exponent = (h >> 10) & 31;
      const fraction = (h & 1023) / 1024;
      const size = exponent ? 2 ** (exponent - 15) * (1 + fraction) : 2 ** -14 * fraction;
      return h & 0x8000 ? -size : size;
    });

  // W x + b, row by row; the unembedding has no b.
  function linear(x, W, b) {
    const y = new Float32Array(W.length / x.length);
    for (let i = 0, at = 0; i < y.length; i++) {
      let sum = b ? b[i] : 0;
      for (let j = 0; j < x.length; j++) sum += W[at++] * x[j];
      y[i] = sum;
    }
    return y;
  }

  function layerNorm(x, scale, shift) {
    const mean = x.reduce((a, v) => a + v, 0) / x.length;
    const variance = x.reduce((a, v) => a + (v - mean) ** 2, 0) / x.length;
    const root = Math.sqrt(variance + 1e-5);
    return x.map((v, i) => ((v - mean) / root) * scale[i] + shift[i]);
  }

  const gelu = (v) => 0.5 * v * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (v + 0.044715 * v ** 3)));

  function softmax(scores) {
    const most = scores.reduce((a, v) => Math.max(a, v), -Infinity);
    const powers = Array.from(scores, (score) => Math.exp(score - most));
    const total = powers.reduce((a, v) => a + v, 0);
    return powers.map((power) => power / total);
  }

  // One query looks back at all keys so far, head by head; also returns where it looked.
  function attend(query, keys, values, heads) {
    const wide = query.length / heads;
    const mixed = new Float32Array(query.length);
    const looked = [];
    for (let start = 0; start < query.length; start += wide) {
      const scores = keys.map((key) => {
        let sum = 0;
        for (let i = start; i < start + wide; i++) sum += query[i] * key[i];
        return sum / Math.sqrt(wide);
      });
      const weights = softmax(scores);
      weights.forEach((weight, t) => {
        for (let i = start; i < start + wide; i++) mixed[i] += weight * values[t][i];
      });
      looked.push(weights);
    }
    return { mixed, looked };
  }

  const newCache = (model) => ({
    length: 0,
    keys: Array.from({ length: model.config.n_layers }, () => []),
    values: Array.from({ length: model.config.n_layers }, () => []),
  });

  // Read one token behind those in the cache: scores for the next one, and each head's attention.
  function step(model, token, cache) {
    const { d_model: d, n_heads, n_layers, context_length } = model.config;
    if (cache.length >= context_length) throw new RangeError("the context is full");
    const at = cache.length++;
    const W = model.weights;
    const attention = [];
    let x = new Float32Array(d);
    for (let i = 0; i < d; i++)
      x[i] = W["embedding.weight"][token * d + i] + W["positions.weight"][at * d + i];
    const add = (y) => (x = x.map((v, i) => v + y[i]));
    for (let layer = 0; layer < n_layers; layer++) {
      const of = (name) => [".weight", ".bias"].map((end) => W[`blocks.${layer}.${name}${end}`]);
      const qkv = linear(layerNorm(x, ...of("norm_attention")), ...of("attention.to_qkv"));
      cache.keys[layer].push(qkv.slice(d, 2 * d));
      cache.values[layer].push(qkv.slice(2 * d));
      const query = qkv.slice(0, d);
      const found = attend(query, cache.keys[layer], cache.values[layer], n_heads);
      attention.push(found.looked);
      add(linear(found.mixed, ...of("attention.to_out")));
      const hidden = linear(layerNorm(x, ...of("norm_mlp")), ...of("mlp.to_hidden")).map(gelu);
      add(linear(hidden, ...of("mlp.to_out")));
    }
    const last = layerNorm(x, W["norm.weight"], W["norm.bias"]);
    return { logits: linear(last, W["embedding.weight"]), attention };
  }

  return { read, newCache, step, softmax };
})();
