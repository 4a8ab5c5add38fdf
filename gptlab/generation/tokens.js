// Text to ids and back in the page, as gptlab/text/tokenizers.py does it: words, characters, bytes,
// or byte-pair encoding. `kinds` says which, as export.py has written it.
globalThis.gptlabTokens = (() => {
  const PATTERN = /'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+/gu;
  const utf8 = new TextEncoder();
  const numbered = (list) => new Map(list.map((each, i) => [each, i]));

  function lookUp(ids, pieces) {
    return pieces.map((piece) => {
      if (!ids.has(piece)) throw new RangeError(`“${piece.slice(0, 40)}” is not in the model's vocabulary`);
      return ids.get(piece);
    });
  }

  // Join the pair that was learned first, again and again, until no learned pair is left.
  function merge(ids, ranks, firstMade) {
    for (;;) {
      let best = Infinity;
      for (let i = 0; i + 1 < ids.length; i++)
        best = Math.min(best, ranks.get(ids[i] + "," + ids[i + 1]) ?? Infinity);
      if (best === Infinity) return ids;
      const joined = [];
      for (let i = 0; i < ids.length; i++)
        if (ranks.get(ids[i] + "," + ids[i + 1]) === best) {
          joined.push(firstMade + best);
          i++;
        } else joined.push(ids[i]);
      ids = joined;
    }
  }

  function make(settings) {
    const pieces = settings.pieces.map((piece) =>
      typeof piece === "string" ? utf8.encode(piece) : Uint8Array.from(piece));
    const ids = settings.kind === "bpe" ? null : numbered(settings.pieces.slice(0, settings.ordinary));
    const ranks = numbered((settings.merges ?? []).map((pair) => pair.join(",")));
    const byteIds = [];
    if (settings.kind === "bpe") pieces.slice(0, 256).forEach(([byte], id) => (byteIds[byte] = id));
    const encode = {
      word: (text) => lookUp(ids, text.trim().split(/\s+/).filter(Boolean)),
      character: (text) => lookUp(ids, [...text]),
      byte: (text) => [...utf8.encode(text)],
      bpe: (text) => (text.match(PATTERN) ?? []).flatMap((word) =>
        merge([...utf8.encode(word)].map((byte) => byteIds[byte]), ranks, 256)),
    }[settings.kind];
    // A character whose bytes are spread over several tokens comes when it is whole; a word comes
    // with the space before it.
    const stream = () => {
      const decoder = new TextDecoder("utf-8");
      return (id) => {
        const apart = settings.kind === "word" && !/^([.,?]|'s)$/.test(settings.pieces[id]);
        return (apart ? " " : "") + decoder.decode(pieces[id], { stream: true });
      };
    };
    return { encode, stream, pieces, start: settings.start };
  }

  return { make };
})();
