import type { z } from "zod";

/** Facts that every catalogue entry states once; schema, docs, hovers, diagnostics and laws come from them. */
export interface Entry<Type extends string = string, Config extends z.ZodObject = z.ZodObject> {
  readonly type: Type;
  readonly title: string;
  /** One plain sentence: what it does to a density. */
  readonly summary: string;
  /** The forward map (base → data), in Unicode mathematics (hovers and terminals cannot set TeX). */
  readonly formula: string;
  readonly reference: { readonly cite: string; readonly url: string };
  /** Settings accepted in a .flow.json beside `type`. */
  readonly config: Config;
}

/** Something that a definition says which cannot be, found after its shape was accepted. `at` is relative to the entry. */
export interface Objection {
  readonly at: readonly (string | number)[];
  readonly code: string;
  /** What is wrong with which value, and what to do; without the place. */
  readonly message: string;
  /** Replacement for the value at `at`, as JSON, where one is obvious. */
  readonly instead?: unknown;
}
