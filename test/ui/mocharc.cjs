// Suites that look at the real page in a real VS Code. They share one editor, one after the other, in this order.
module.exports = {
  require: ["tsx/cjs", "./test/ui/support/hooks.ts"],
  spec: ["opening", "training", "pins", "time", "situations", "hostile", "themes", "console"].map((name) => `test/ui/${name}.test.ts`),
  timeout: 180_000, // ends a hang; nothing is expected to be fast
  slow: 20_000,
  reporter: "spec",
};
