import assert from "node:assert/strict";
import path from "node:path";
import { startBackend, tf } from "../../src/flows/tf";

/** The backends on which every law must hold. */
const BACKENDS = ["cpu", "wasm"] as const;
export type BackendName = (typeof BACKENDS)[number];

const WASM_FOLDER = path.resolve(__dirname, "../../node_modules/@tensorflow/tfjs-backend-wasm/dist") + path.sep;
const started = new Set<BackendName>();

/** Makes `name` the backend of this process; a fall-back to another one is a failure, since then the law would not be tested. */
export async function useBackend(name: BackendName): Promise<void> {
  if (started.has(name)) await tf.setBackend(name);
  else {
    const { note } = await startBackend(name, WASM_FOLDER);
    assert.equal(note, null);
    started.add(name);
  }
  assert.equal(tf.getBackend(), name);
}

/** One group of tests for each backend. */
export function onEveryBackend(define: (backend: BackendName) => void): void {
  for (const backend of BACKENDS) {
    describe(`on ${backend}`, () => {
      before(() => useBackend(backend));
      define(backend);
    });
  }
}
