/** The JSON header of a .safetensors file, read with distrust: sizes, offsets and names are claims until they have been checked. */

/** A file that is not what it says it is. */
export class SafetensorsError extends Error {}

export interface TensorPlace {
  readonly name: string;
  readonly shape: readonly number[];
  /** Bytes from the start of the buffer behind the header. */
  readonly start: number;
  readonly stop: number;
}

export interface Header {
  readonly metadata: Readonly<Record<string, string>>;
  readonly places: readonly TensorPlace[];
}

const MOST_TENSORS = 4096;
const METADATA = "__metadata__";

export function refuse(why: string): never {
  throw new SafetensorsError(`not a usable .safetensors file: ${why}`);
}

/** `bufferLength`: bytes behind the header, which the tensors must fill without overlap or hole. */
export function readHeader(text: string, bufferLength: number): Header {
  if (!text.startsWith("{")) refuse("the header does not begin with {");
  let header: Record<string, unknown>;
  try {
    header = JSON.parse(text);
  } catch {
    return refuse("the header is not JSON"); // what exactly is wrong with a damaged header helps nobody
  }
  const twice = repeatedKey(text);
  if (twice !== null) refuse(`its header names ${shown(twice)} twice`);
  const names = Object.keys(header).filter((name) => name !== METADATA);
  if (names.length > MOST_TENSORS) refuse(`it holds ${names.length} tensors; the limit is ${MOST_TENSORS}`);
  const places = names.map((name) => placeOf(name, header[name], bufferLength));
  let end = 0;
  for (const { start, stop } of [...places].sort((a, b) => a.start - b.start || a.stop - b.stop)) {
    if (start !== end) refuse("its tensors overlap or leave a hole");
    end = stop;
  }
  if (end !== bufferLength) refuse("bytes are left over at its end");
  return { metadata: metadataOf(header[METADATA]), places };
}

function placeOf(name: string, entry: unknown, bufferLength: number): TensorPlace {
  if (!isEntry(entry)) return refuse(`${shown(name)} is not described by an entry`);
  const { dtype, shape, data_offsets: offsets } = entry;
  if (dtype !== "F32") refuse(`${shown(name)} has type ${typeof dtype === "string" ? shown(dtype) : "unknown"}, not F32`);
  if (!isSizes(shape) || !isSizes(offsets) || offsets.length !== 2) return refuse(`${shown(name)} has a damaged shape or place`);
  const [start, stop] = offsets as [number, number];
  const size = shape.reduce((product, side) => product * side, 1);
  if (stop - start !== 4 * size || stop > bufferLength) refuse(`${shown(name)} does not fill its place`);
  return { name, shape, start, stop };
}

function metadataOf(entry: unknown): Record<string, string> {
  if (entry === undefined || entry === null) return {};
  if (!isEntry(entry) || Object.values(entry).some((value) => typeof value !== "string")) return refuse("its metadata are not texts");
  return entry as Record<string, string>;
}

function isEntry(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0);
}

/** A name from the file for a message: quoted, short, control characters escaped. */
function shown(name: string): string {
  return JSON.stringify(name.length > 64 ? `${name.slice(0, 63)}…` : name);
}

/** The first key that stands twice in one object of a valid JSON text, or null; JSON.parse keeps the last one without a word. */
function repeatedKey(json: string): string | null {
  const open: Set<string>[] = []; // one for each object or list around the present place; lists have no keys
  for (let i = 0; i < json.length; i++) {
    const c = json[i];
    if (c === "{" || c === "[") open.push(new Set());
    else if (c === "}" || c === "]") open.pop();
    else if (c === '"') {
      const begin = i;
      for (i++; json[i] !== '"'; i++) if (json[i] === "\\") i++;
      let next = i + 1;
      while (/\s/.test(json[next] ?? "")) next++;
      if (json[next] !== ":") continue;
      const key: string = JSON.parse(json.slice(begin, i + 1)); // the same name may be written with escapes
      const keys = open[open.length - 1];
      if (keys?.has(key)) return key;
      keys?.add(key);
    }
  }
  return null;
}
