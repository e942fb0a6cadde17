import { z } from "zod";

/** The keys that the schema knows at a place of a value; empty where the value fits no entry. */
export function keysAt(schema: z.ZodType, value: unknown, path: readonly (string | number)[]): readonly string[] {
  let current: z.ZodType | null = schema;
  let at = value;
  for (const part of path) {
    const object: z.ZodType | null = entryOf(current, at);
    if (object instanceof z.ZodObject) current = (object.shape[part] as z.ZodType | undefined) ?? null;
    else if (object instanceof z.ZodArray) current = object.element as z.ZodType;
    else return [];
    at = typeof at === "object" && at !== null ? (at as Record<string | number, unknown>)[part] : undefined;
  }
  const object = entryOf(current, at);
  return object instanceof z.ZodObject ? Object.keys(object.shape) : [];
}

/** Takes off defaults and options, and chooses among entries by their `type`. */
function entryOf(schema: z.ZodType | null, value: unknown): z.ZodType | null {
  let current = schema;
  while (current instanceof z.ZodDefault || current instanceof z.ZodOptional || current instanceof z.ZodPrefault)
    current = current.def.innerType as z.ZodType;
  if (!(current instanceof z.ZodUnion)) return current;
  const type = typeof value === "object" && value !== null && "type" in value ? value.type : undefined;
  const chosen = (current.options as z.ZodType[]).find((option) => {
    const literal = option instanceof z.ZodObject ? option.shape.type : null;
    return literal instanceof z.ZodLiteral && literal.value === type;
  });
  return chosen ?? null;
}
