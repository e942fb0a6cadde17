// One bundle for each place where code runs. `--mode production` is what is packaged; `--mode development` is what tests debug.
const path = require("node:path");
const CopyPlugin = require("copy-webpack-plugin");
const { EsbuildPlugin } = require("esbuild-loader");
const { BannerPlugin } = require("webpack");

const wasm = path.dirname(require.resolve("@tensorflow/tfjs-backend-wasm/package.json"));
const codicons = path.dirname(require.resolve("@vscode/codicons/package.json"));

/** TensorFlow.js is a bundle of its own, which src/flows/tf.ts requires on first use: starting a compute thread does not read it. */
const TENSORFLOW = `data:text/javascript,export * from "@tensorflow/tfjs"; export { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";`;
const tensorflowBundle = { "@tensorflow/tfjs": "commonjs2 ./tfjs.js", "@tensorflow/tfjs-backend-wasm": "commonjs2 ./tfjs.js" };

/** @returns {(env: unknown, argv: { mode?: string }) => import("webpack").Configuration} */
function bundle(name, entry, target, more = {}) {
  return (_env, argv) => ({
    name,
    mode: argv.mode === "production" ? "production" : "development",
    target: target === "web" ? ["web", "es2022"] : "node20",
    node: { __dirname: false }, // files beside the bundle (wasm, compute.js) are found from its own folder
    entry: { [name]: entry },
    output: {
      path: path.join(__dirname, "dist"),
      filename: "[name].js",
      ...(target === "web" ? {} : { library: { type: "commonjs2" } }),
    },
    resolve: { extensions: [".ts", ".js"] },
    module: { rules: [{ test: /\.ts$/, loader: "esbuild-loader", options: { target: "es2022", tsconfigRaw: {} } }] },
    optimization: { minimizer: [new EsbuildPlugin({ target: "es2022", keepNames: false, legalComments: "none" })] },
    // `eval` source maps are forbidden by the page's content security policy.
    devtool: argv.mode === "production" ? false : "source-map",
    performance: { hints: false }, // sizes are checked by test/unit/bundles.test.ts
    stats: "errors-warnings",
    ...more,
  });
}

module.exports = [
  bundle("extension", "./src/extension/extension.ts", "node", { externals: { vscode: "commonjs vscode" } }),
  bundle("engine", "./src/engine/process.ts", "node"),
  bundle("compute", "./src/engine/compute.ts", "node", { externals: tensorflowBundle }),
  bundle("kernel-thread", "./src/kernels/thread.ts", "node"),
  bundle("tfjs", TENSORFLOW, "node", {
    plugins: [new CopyPlugin({ patterns: [{ from: "tfjs-backend-wasm{,-simd}.wasm", context: path.join(wasm, "dist"), to: "wasm/" }] })],
  }),
  bundle("flow-view", "./src/webview/main.ts", "web", {
    plugins: [new CopyPlugin({ patterns: [{ from: "codicon.{css,ttf}", context: path.join(codicons, "dist"), to: "codicons/" }] })],
  }),
  bundle("inspector", "./src/webview/inspector/main.ts", "web"),
  bundle("cli", "./src/cli/main.ts", "node", { plugins: [new BannerPlugin({ banner: "#!/usr/bin/env node", raw: true })] }),
];
