/** What a reader should know about the columns before a density is fitted to them. */

/** Below this many rows a few repeated values say nothing. */
const ENOUGH_ROWS = 100;
/** Rows for each distinct value from which a column counts as discrete: a flow can put ever more density on each of its values. */
const ROWS_PER_VALUE = 10;

export function columnNotes(rows: readonly (readonly number[])[], names: readonly string[]): string[] {
  return names.flatMap((name, i) => {
    const values = new Set(rows.map((row) => row[i] as number));
    const distinct = values.size;
    if (distinct === 1) return [`Column "${name}" is constant (${[...values][0]}): its density is a spike. Leave it out.`];
    if (rows.length >= ENOUGH_ROWS && distinct <= rows.length / ROWS_PER_VALUE)
      return [`Column "${name}" takes only ${distinct} values, so its density is not smooth. Add a little noise to it.`];
    // The engine computes in float32: seven digits. Times in seconds since 1970, for example, differ only beyond them.
    if (new Set([...values].map(Math.fround)).size < distinct / 2)
      return [`Column "${name}" differs only in digits that single precision does not have. Subtract a constant from it.`];
    return [];
  });
}
