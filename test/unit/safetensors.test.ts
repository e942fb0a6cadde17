/** Weights files: what is written can be read, by others too, and a file that lies is refused with the reason. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import path from "node:path";
import { Random } from "../../src/flows/random";
import { readSafetensors, SafetensorsError, type Tensors, writeSafetensors } from "../../src/interop/safetensors";
import { withFolder } from "../support/folder";

/** Python whose numpy reads our files, where there is one. */
const PYTHON = "/usr/bin/python3";
const hasNumpy = spawnSync(PYTHON, ["-c", "import numpy"]).status === 0;

const tensor = (shape: readonly number[], ...values: number[]) => ({ shape, values: Float32Array.from(values) });

const EXAMPLE: Tensors = {
  metadata: { format: "pushforward", note: 'größer "quoted" 🙂' },
  tensors: new Map([
    ["a.weight", tensor([2, 3], 1, -2.5, 3e-38, 1e38, 1e-45, 0.1)],
    ["scalar", tensor([], 7)],
    ["leer", tensor([0, 4])],
    ["𝜇 \u0000 ümlaut", tensor([1], Number.NaN)],
  ]),
};

const bits = (values: Float32Array) => [...new Uint32Array(values.buffer, values.byteOffset, values.length)];

function assertSame(read: Tensors, written: Tensors): void {
  assert.deepEqual({ ...read.metadata }, { ...written.metadata });
  assert.deepEqual([...read.tensors.keys()], [...written.tensors.keys()]);
  for (const [name, { shape, values }] of written.tensors) {
    assert.deepEqual(read.tensors.get(name)?.shape, shape, name);
    assert.deepEqual(bits(read.tensors.get(name)?.values as Float32Array), bits(values), name);
  }
}

/** A file with this text as header and `data` bytes behind it. */
function fileOf(header: string | Uint8Array, data = 0, claimed?: bigint): Uint8Array {
  const text = typeof header === "string" ? new TextEncoder().encode(header) : header;
  const bytes = new Uint8Array(8 + text.length + data);
  new DataView(bytes.buffer).setBigUint64(0, claimed ?? BigInt(text.length), true);
  bytes.set(text, 8);
  return bytes;
}

const entry = (start: number, stop: number, shape: readonly unknown[] = [(stop - start) / 4], dtype: unknown = "F32") =>
  JSON.stringify({ dtype, shape, data_offsets: [start, stop] });

describe("a weights file", () => {
  it("that was written is read with the same bits, names and shapes", () => {
    assertSame(readSafetensors(writeSafetensors(EXAMPLE)), EXAMPLE);
    const empty: Tensors = { metadata: {}, tensors: new Map() };
    assertSame(readSafetensors(writeSafetensors(empty)), empty);
  });

  it("is read the same from a Node buffer and from the middle of a larger one", () => {
    const bytes = writeSafetensors(EXAMPLE);
    assertSame(readSafetensors(Buffer.from(bytes)), EXAMPLE); // small buffers are views of a shared pool
    const larger = new Uint8Array(bytes.length + 64);
    for (const offset of [1, 2, 3, 7]) {
      larger.set(bytes, offset);
      assertSame(readSafetensors(larger.subarray(offset, offset + bytes.length)), EXAMPLE);
    }
  });

  it("gives numbers of its own: changing the bytes later changes nothing", () => {
    const bytes = writeSafetensors(EXAMPLE);
    const read = readSafetensors(bytes);
    bytes.fill(0);
    assertSame(read, EXAMPLE);
  });

  it("has its numbers at a multiple of eight bytes, for readers that map it", () => {
    for (let n = 0; n < 8; n++) {
      const bytes = writeSafetensors({ metadata: { n: "ü".repeat(n) }, tensors: EXAMPLE.tensors });
      assert.equal(new DataView(bytes.buffer).getBigUint64(0, true) % 8n, 0n);
    }
  });

  it("may have spaces behind its header, tensors in any order, and no metadata", () => {
    const { tensors } = readSafetensors(fileOf(`{"b":${entry(4, 8)},"a":${entry(0, 4)}}   `, 8));
    assert.deepEqual([...tensors.keys()], ["b", "a"]);
  });
});

describe("a weights file of others", () => {
  const reader = `
import json, sys, numpy
data = open(sys.argv[1], "rb").read()
n = int.from_bytes(data[:8], "little")
header = json.loads(data[8:8 + n].decode("utf-8"))
out = {"metadata": header.pop("__metadata__", {}), "tensors": {}}
for name, place in header.items():
    assert place["dtype"] == "F32"
    start, stop = place["data_offsets"]
    values = numpy.frombuffer(data[8 + n + start:8 + n + stop], dtype="<f4").reshape(place["shape"])
    out["tensors"][name] = [list(values.shape), values.reshape(-1).view("<u4").tolist()]
print(json.dumps(out))`;

  const title = hasNumpy
    ? "is what numpy reads, bit for bit"
    : `is what its bytes say (${PYTHON} with numpy is missing, so only TypeScript looked)`;
  it(title, () =>
    withFolder({ "w.safetensors": writeSafetensors(EXAMPLE) }, (folder) => {
      const expected = Object.fromEntries([...EXAMPLE.tensors].map(([name, { shape, values }]) => [name, [shape, bits(values)]]));
      if (!hasNumpy) {
        const read = readSafetensors(writeSafetensors(EXAMPLE));
        const found = Object.fromEntries([...read.tensors].map(([name, { shape, values }]) => [name, [shape, bits(values)]]));
        assert.deepEqual(found, expected);
        return;
      }
      const { stdout, stderr } = spawnSync(PYTHON, ["-c", reader, path.join(folder, "w.safetensors")], { encoding: "utf8" });
      assert.equal(stderr, "");
      assert.deepEqual(JSON.parse(stdout), { metadata: EXAMPLE.metadata, tensors: expected });
    }),
  );
});

describe("a file that is no weights file", () => {
  const deep = "[".repeat(100_000) + "]".repeat(100_000);
  const many = Array.from({ length: 4097 }, (_, i) => `"${i}":${entry(0, 0)}`).join();
  const CASES: Readonly<Record<string, readonly [file: Uint8Array, reason: RegExp]>> = {
    "that is empty": [new Uint8Array(0), /it is too short/],
    "that ends in its length": [new Uint8Array(9), /it is too short/],
    "whose header is longer than the file": [fileOf("{}", 0, 3n), /the header claims 3 bytes/],
    "whose header is longer than any file": [fileOf("{}", 0, 2n ** 64n - 1n), /the header claims 18446744073709551615 bytes/],
    "whose header is longer than the limit": [fileOf(`{}${" ".repeat(1_000_000)}`), /the header claims 1000002 bytes/],
    "whose header is cut off": [fileOf(`{"a":${entry(0, 4)}}`, 4, 20n), /the header is not JSON/],
    "whose header is a list": [fileOf("[1]"), /the header does not begin with \{/],
    "whose header begins with a space": [fileOf(" {}"), /the header does not begin with \{/],
    "whose header is not JSON": [fileOf("{a:1}"), /the header is not JSON/],
    "whose header is not UTF-8": [fileOf(Uint8Array.of(0x7b, 0xff, 0x7d)), /the header is not UTF-8/],
    "whose header ends in NUL": [fileOf("{}\u0000"), /the header is not JSON/],
    "with a name twice": [fileOf(`{"a":${entry(0, 4)},"a":${entry(0, 4)}}`, 4), /its header names "a" twice/],
    "with a name twice, once in escapes": [fileOf(`{"a":${entry(0, 4)},"\\u0061" :${entry(0, 4)}}`, 4), /its header names "a" twice/],
    "with a key twice in an entry": [fileOf('{"a":{"dtype":"I8","dtype":"F32","shape":[0],"data_offsets":[0,0]}}'), /names "dtype" twice/],
    "with metadata twice": [fileOf('{"__metadata__":{},"__metadata__":{}}'), /names "__metadata__" twice/],
    "with too many tensors": [fileOf(`{${many}}`), /it holds 4097 tensors; the limit is 4096/],
    "with another number type": [fileOf(`{"a":${entry(0, 4, [2], "F16")}}`, 4), /"a" has type "F16", not F32/],
    "with a number type that is an object": [fileOf(`{"a":${entry(0, 4, [1], { toString: 1 })}}`, 4), /"a" has type unknown/],
    "with a number type of deep nesting": [fileOf(`{"a":{"dtype":${deep},"shape":[],"data_offsets":[0,4]}}`, 4), /"a" has type unknown/],
    "with null for an entry": [fileOf('{"a":null}'), /"a" is not described by an entry/],
    "with a number for an entry": [fileOf('{"a":1}'), /"a" is not described by an entry/],
    "without a shape": [fileOf('{"a":{"dtype":"F32","data_offsets":[0,4]}}', 4), /"a" has a damaged shape or place/],
    "with a negative side": [fileOf(`{"a":${entry(0, 4, [-1, -1])}}`, 4), /"a" has a damaged shape or place/],
    "with half a side": [fileOf(`{"a":${entry(0, 4, [0.5])}}`, 4), /"a" has a damaged shape or place/],
    "with three offsets": [fileOf('{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,8]}}', 4), /"a" has a damaged shape or place/],
    "with offsets beyond exact numbers": [fileOf(`{"a":${entry(2 ** 53, 2 ** 53 + 4, [1])}}`, 4), /"a" has a damaged shape or place/],
    "with a shape of another size": [fileOf(`{"a":${entry(0, 4, [2])}}`, 4), /"a" does not fill its place/],
    "with a shape that overflows": [fileOf(`{"a":${entry(0, 4, [2 ** 52, 2 ** 52, 2 ** 52])}}`, 4), /"a" does not fill its place/],
    "with a shape that overflows to not-a-number": [
      fileOf(`{"a":${entry(0, 0, [...new Array<number>(30).fill(2 ** 52), 0])}}`),
      /"a" does not fill its place/,
    ],
    "with offsets in the wrong order": [fileOf(`{"a":${entry(4, 0, [1])}}`, 4), /"a" does not fill its place/],
    "with a tensor beyond its end": [fileOf(`{"a":${entry(0, 8)}}`, 4), /"a" does not fill its place/],
    "with tensors that overlap": [fileOf(`{"a":${entry(0, 8)},"b":${entry(4, 12)}}`, 12), /its tensors overlap or leave a hole/],
    "with one place for two tensors": [fileOf(`{"a":${entry(0, 4)},"b":${entry(0, 4)}}`, 4), /its tensors overlap or leave a hole/],
    "with a hole": [fileOf(`{"a":${entry(0, 4)},"b":${entry(8, 12)}}`, 12), /its tensors overlap or leave a hole/],
    "with a hole before the first tensor": [fileOf(`{"a":${entry(4, 8)}}`, 8), /its tensors overlap or leave a hole/],
    "with bytes behind the last tensor": [fileOf(`{"a":${entry(0, 4)}}`, 5), /bytes are left over at its end/],
    "with metadata that are no texts": [fileOf('{"__metadata__":{"n":1}}'), /its metadata are not texts/],
    "with metadata in a list": [fileOf('{"__metadata__":["n"]}'), /its metadata are not texts/],
    "with metadata of deep nesting": [fileOf(`{"__metadata__":${deep}}`), /its metadata are not texts/],
  };
  for (const [what, [file, reason]] of Object.entries(CASES)) {
    it(`${what} is refused with the reason`, () => {
      assert.throws(
        () => readSafetensors(file),
        (error) =>
          error instanceof SafetensorsError && error.message.startsWith("not a usable .safetensors file: ") && reason.test(error.message),
      );
    });
  }

  it("may name a tensor __proto__ and leaves prototypes alone", () => {
    const { tensors, metadata } = readSafetensors(fileOf(`{"__metadata__":{"__proto__":"x"},"__proto__":${entry(0, 4)}}`, 4));
    assert.deepEqual([...tensors.keys()], ["__proto__"]);
    assert.ok(Object.hasOwn(metadata, "__proto__"));
    assert.equal(({} as { dtype?: unknown }).dtype, undefined);
  });

  it("is recognised in 5,000 damaged copies: each is refused for a reason or read as it stands", () => {
    const original = writeSafetensors(EXAMPLE);
    const random = new Random("damage", 1);
    let refused = 0;
    for (let i = 0; i < 5000; i++) {
      const bytes = damaged(original, random);
      try {
        const read = readSafetensors(bytes);
        assertSame(readSafetensors(writeSafetensors(read)), read);
      } catch (error) {
        assert.ok(error instanceof SafetensorsError, `copy ${i}: ${error}`);
        refused++;
      }
    }
    assert.ok(refused > 2500 && refused < 5000, `${refused} of 5,000 were refused`);
  });
});

/** A copy with a few bytes changed, cut out, doubled or cut off, most of them in the header. */
function damaged(original: Uint8Array, random: Random): Uint8Array {
  let bytes = original.slice();
  for (let n = 1 + random.integer(3); n > 0; n--) {
    const at = random.integer(random.uniform() < 0.8 ? Math.min(bytes.length, 300) : bytes.length);
    const stop = Math.min(bytes.length, at + 1 + random.integer(8));
    switch (random.integer(5)) {
      case 0:
        bytes[at] = random.bits() & 255;
        break;
      case 1:
        bytes[at] = (bytes[at] as number) ^ (1 << random.integer(8));
        break;
      case 2:
        bytes[at] = '{}[]",:0123456789'.charCodeAt(random.integer(17));
        break;
      case 3:
        bytes = Uint8Array.from([...bytes.subarray(0, at), ...bytes.subarray(stop)]);
        break;
      default:
        bytes = random.uniform() < 0.5 ? bytes.slice(0, at) : Uint8Array.from([...bytes.subarray(0, stop), ...bytes.subarray(at)]);
    }
    if (bytes.length === 0) return bytes;
  }
  return bytes;
}
