/** The only door to TensorFlow.js. Importing it loads nothing: the library comes, with all that the flows need of it, on first use. */
import type * as tfjs from "@tensorflow/tfjs";
import type * as wasmBackend from "@tensorflow/tfjs-backend-wasm";

// Not `import()`: a tensor is made where nothing can be awaited. webpack.config.js puts both packages into one file, dist/tfjs.js.
declare function require(name: "@tensorflow/tfjs"): typeof tfjs;
declare function require(name: "@tensorflow/tfjs-backend-wasm"): typeof wasmBackend;

let library: typeof tfjs | null = null;

/** TensorFlow.js. Naming it costs nothing, reading a member loads the library. */
export const tf: typeof tfjs = new Proxy({} as typeof tfjs, {
  get(_target, member) {
    library ??= load();
    return Reflect.get(library, member);
  },
});

/** The types that are named through `tf`. */
export declare namespace tf {
  type Tensor<R extends tfjs.Rank = tfjs.Rank> = tfjs.Tensor<R>;
  type Scalar = tfjs.Scalar;
  type Tensor1D = tfjs.Tensor1D;
  type Tensor2D = tfjs.Tensor2D;
  type TensorContainer = tfjs.TensorContainer;
  type GradSaveFunc = tfjs.GradSaveFunc;
}

/** The library with both backends and every gradient that the flows use. */
function load(): typeof tfjs {
  const loaded = require("@tensorflow/tfjs");
  require("@tensorflow/tfjs-backend-wasm"); // registers itself
  // Comparisons have no gradient in tfjs: `where(x.greater(0), …)` inside a tape throws. Their derivative is zero almost everywhere.
  for (const kernelName of ["Greater", "GreaterEqual", "Less", "LessEqual", "Equal", "NotEqual", "LogicalAnd", "LogicalOr"]) {
    loaded.registerGradient({
      kernelName,
      inputsToSave: ["a", "b"],
      gradFunc: (_dy, [a, b]) => ({ a: () => loaded.zeros(a?.shape ?? []), b: () => loaded.zeros(b?.shape ?? []) }),
    });
  }
  return loaded;
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
      require("@tensorflow/tfjs-backend-wasm").setWasmPaths(wasmFolder);
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
