"""Raw text to tensors: corpora, tokenizers, batches."""
