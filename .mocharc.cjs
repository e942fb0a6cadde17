// Suites in plain Node; those inside VS Code are started by test/host/runTest.mjs and test/ui/run.mjs.
module.exports = {
  require: ["tsx/cjs"],
  spec: ["test/unit/**/*.test.ts", "test/laws/**/*.test.ts", "test/engine/**/*.test.ts"],
  timeout: 120_000, // a limit against hanging on a busy machine, not a promise about speed
  reporter: "dot",
};
