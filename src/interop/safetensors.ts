/** The .safetensors format (huggingface/safetensors, README): 8 bytes header length, JSON header, one contiguous buffer. float32 only. */
import { readHeader, refuse } from "./header";

export { SafetensorsError } from "./header";

export interface Tensors {
  readonly metadata: Readonly<Record<string, string>>;
  readonly tensors: ReadonlyMap<string, { readonly shape: readonly number[]; readonly values: Float32Array }>;
}

const LARGEST_HEADER = 1_000_000;
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
  if (bytes.length < PREFIX + 2) refuse("it is too short");
  const headerLength = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getBigUint64(0, true);
  if (headerLength > LARGEST_HEADER || PREFIX + Number(headerLength) > bytes.length) refuse(`the header claims ${headerLength} bytes`);
  const begin = PREFIX + Number(headerLength);
  const { metadata, places } = readHeader(textOf(bytes.subarray(PREFIX, begin)), bytes.length - begin);
  const tensors = new Map(
    places.map(({ name, shape, start, stop }) => {
      const values = new Float32Array((stop - start) / 4); // a copy: the buffer may start at an address that is no multiple of 4
      new Uint8Array(values.buffer).set(bytes.subarray(begin + start, begin + stop));
      return [name, { shape, values }];
    }),
  );
  return { metadata, tensors };
}

function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return refuse("the header is not UTF-8");
  }
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
