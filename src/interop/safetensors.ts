/** The .safetensors format (huggingface/safetensors, README): 8 bytes header length, JSON header, one contiguous buffer. float32 only. */

export interface Tensors {
  readonly metadata: Readonly<Record<string, string>>;
  readonly tensors: ReadonlyMap<string, { readonly shape: readonly number[]; readonly values: Float32Array }>;
}

/** A file that is not what it says it is. */
export class SafetensorsError extends Error {}

const LARGEST_HEADER = 1_000_000;
const MOST_TENSORS = 4096;
const PREFIX = 8;

export function writeSafetensors({ metadata, tensors }: Tensors): Uint8Array {
  const header: Record<string, unknown> = { __metadata__: metadata };
  let end = 0;
  for (const [name, { shape, values }] of tensors) {
    header[name] = { dtype: "F32", shape, data_offsets: [end, end + values.byteLength] };
    end += values.byteLength;
  }
  const text = JSON.stringify(header);
  const encoded = utf8(text.padEnd(text.length + ((8 - (utf8(text).length % 8)) % 8))); // the buffer then starts at a multiple of 8
  const bytes = new Uint8Array(PREFIX + encoded.length + end);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(encoded.length), true);
  bytes.set(encoded, PREFIX);
  let offset = PREFIX + encoded.length;
  for (const { values } of tensors.values()) {
    bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), offset);
    offset += values.byteLength;
  }
  return bytes;
}

export function readSafetensors(bytes: Uint8Array): Tensors {
  const refuse = (why: string): never => {
    throw new SafetensorsError(`not a usable .safetensors file: ${why}`);
  };
  if (bytes.length < PREFIX + 2) refuse("it is too short");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerLength = Number(view.getBigUint64(0, true));
  if (headerLength > LARGEST_HEADER || PREFIX + headerLength > bytes.length) refuse(`the header claims ${headerLength} bytes`);
  if (bytes[PREFIX] !== 0x7b) refuse("the header does not begin with {");
  let header: Record<string, unknown>;
  try {
    header = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(PREFIX, PREFIX + headerLength)));
  } catch {
    return refuse("the header is not JSON"); // what exactly is wrong with a damaged header helps nobody
  }
  const buffer = bytes.subarray(PREFIX + headerLength);
  const names = Object.keys(header).filter((name) => name !== "__metadata__");
  if (names.length > MOST_TENSORS) refuse(`it holds ${names.length} tensors; the limit is ${MOST_TENSORS}`);
  const tensors = new Map<string, { shape: readonly number[]; values: Float32Array }>();
  const spans: (readonly [number, number])[] = [];
  for (const name of names) {
    const { dtype, shape, data_offsets: offsets } = header[name] as { dtype?: unknown; shape?: unknown; data_offsets?: unknown };
    if (dtype !== "F32") refuse(`"${name}" has type ${String(dtype)}, not F32`);
    if (!isSizes(shape) || !isSizes(offsets) || offsets.length !== 2) return refuse(`"${name}" has a damaged shape or place`);
    const [start, stop] = offsets as [number, number];
    const size = shape.reduce((product, side) => product * side, 1);
    if (stop - start !== 4 * size || stop > buffer.length) refuse(`"${name}" does not fill its place`);
    spans.push([start, stop]);
    // A copy: the buffer may start at an address that is no multiple of 4.
    tensors.set(name, { shape, values: new Float32Array(buffer.slice(start, stop).buffer) });
  }
  let end = 0;
  for (const [start, stop] of spans.sort((a, b) => a[0] - b[0] || a[1] - b[1])) {
    if (start !== end) refuse("its tensors overlap or leave a hole");
    end = stop;
  }
  if (end !== buffer.length) refuse("bytes are left over at its end");
  const metadata = (header.__metadata__ ?? {}) as Record<string, unknown>;
  if (typeof metadata !== "object" || Object.values(metadata).some((value) => typeof value !== "string"))
    refuse("its metadata are not texts");
  return { metadata: metadata as Record<string, string>, tensors };
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0);
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
