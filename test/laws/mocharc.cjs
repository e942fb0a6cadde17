module.exports = {
  require: ["tsx/cjs"],
  spec: ["test/laws/**/*.test.ts"],
  timeout: 120_000, // a limit against hanging on a busy machine, not a promise about speed
  reporter: "dot",
};
