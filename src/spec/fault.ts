/** Something wrong with a definition, placed in its text. */
export interface SpecFault {
  readonly path: readonly (string | number)[];
  readonly code: string;
  /** Where, what is wrong with which value, and what to do. */
  readonly message: string;
  readonly severity: "error" | "warning";
  readonly offset: number;
  readonly length: number;
  readonly fix?: { readonly title: string; readonly offset: number; readonly length: number; readonly text: string };
}

/** A path as people write it: layers[2].transform.bins. */
export function pathText(path: readonly (string | number)[]): string {
  return path.reduce<string>((text, part) => (typeof part === "number" ? `${text}[${part}]` : text === "" ? part : `${text}.${part}`), "");
}

/** A value for a message: JSON, shortened. */
export function valueText(value: unknown): string {
  const text = value === undefined ? "nothing" : JSON.stringify(value);
  return text.length > 64 ? `${text.slice(0, 61)}…` : text;
}
