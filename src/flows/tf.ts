/** The only door to TensorFlow.js. Loading it here once also registers every operation and gradient that the flows use. */
import * as tf from "@tensorflow/tfjs";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";

export { tf };

// Comparisons have no gradient in tfjs: `where(x.greater(0), …)` inside a tape throws. Their derivative is zero almost everywhere.
for (const kernelName of ["Greater", "GreaterEqual", "Less", "LessEqual", "Equal", "NotEqual", "LogicalAnd", "LogicalOr"]) {
  tf.registerGradient({
    kernelName,
    inputsToSave: ["a", "b"],
    gradFunc: (_dy, [a, b]) => ({ a: () => tf.zeros(a?.shape ?? []), b: () => tf.zeros(b?.shape ?? []) }),
  });
}

/** The backend in use and, when it is not the wanted one, why. */
export interface Backend {
  readonly name: "wasm" | "cpu";
  readonly note: string | null;
}

/**
 * Starts the WebAssembly backend from `wasmFolder` (with a trailing separator), or visibly falls back to plain JavaScript:
 * tfjs itself aborts when a wasm file is missing.
 */
export async function startBackend(wanted: "wasm" | "cpu", wasmFolder: string): Promise<Backend> {
  if (wanted === "wasm") {
    try {
      setWasmPaths(wasmFolder);
      if (await tf.setBackend("wasm")) return { name: "wasm", note: null };
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      await tf.setBackend("cpu");
      return {
        name: "cpu",
        note: `WebAssembly could not start (${firstLine(reason)}), so everything runs in plain JavaScript, several times slower.`,
      };
    }
    await tf.setBackend("cpu");
    return { name: "cpu", note: "WebAssembly could not start, so everything runs in plain JavaScript, several times slower." };
  }
  await tf.setBackend("cpu");
  return { name: "cpu", note: null };
}

function firstLine(text: string): string {
  return (text.split("\n")[0] ?? text).slice(0, 200);
}

/** The value without its gradient (tfjs has no stopGradient). */
export function stopGradient<T extends tf.Tensor>(compute: () => T): T {
  const constant = tf.customGrad(() => ({ value: tf.tidy(compute), gradFunc: () => [] }));
  return constant() as T;
}
