// Suites in plain Node. The laws run in a process of their own (test/laws/mocharc.cjs): tfjs' wasm loader makes every unhandled rejection
// fatal, wherever it comes from. Suites inside VS Code are started by test/host/runTest.mjs and by test/ui/mocharc.cjs.
module.exports = {
  require: ["tsx/cjs"],
  spec: ["test/unit/**/*.test.ts", "test/engine/**/*.test.ts"],
  timeout: 120_000, // a limit against hanging on a busy machine, not a promise about speed
  reporter: "dot",
};
