/** Every limit on a definition, with its reason. */
export const LIMITS = {
  /** Characters. Weights and data live in their own files; a definition this long is something else. */
  textLength: 2_000_000,
  /** Nesting. Deeper values overflow the stack when they are copied between processes. */
  depth: 64,
  /** Layers after unrolling repeats; counted before anything is unrolled. */
  layers: 256,
} as const;
