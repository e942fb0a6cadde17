// Which room may import which. Every edge that is not in this table is an error.
const rooms = {
  kernels: [],
  flows: ["kernels"],
  spec: ["flows"],
  data: [],
  interop: ["flows", "spec"],
  protocol: [],
  launch: ["protocol"],
  engine: ["kernels", "flows", "spec", "data", "interop", "protocol"],
  generated: [],
  language: ["generated"],
  extension: ["protocol", "launch", "language", "generated"],
  webview: ["protocol", "generated"],
  cli: ["launch", "protocol"],
};

const edges = Object.entries(rooms).map(([room, allowed]) => ({
  name: `${room}-reaches-only-${allowed.join("-") || "itself"}`,
  severity: "error",
  from: { path: `^src/${room}/` },
  to: { path: "^src/", pathNot: `^src/(${[room, ...allowed].join("|")})/` },
}));

/** One door: `what` is imported from nowhere but `from`. */
const door = (name, from, what) => ({ name, severity: "error", from: { path: "^src/", pathNot: from }, to: { path: what } });

module.exports = {
  forbidden: [
    ...edges,
    door("one-door-to-tfjs", "^src/flows/tf\\.ts$", "node_modules/@tensorflow/"),
    door("vscode-only-in-extension", "^src/extension/", "^vscode$"),
    door("charts-only-in-webview", "^src/webview/", "node_modules/chart\\.js/"),
    door("csv-only-in-data", "^src/data/csv\\.ts$", "node_modules/csv-parse/"),
    door("zod-stays-with-definitions", "^src/(flows|spec)/", "node_modules/zod/"),
    {
      name: "layers-do-not-know-each-other",
      severity: "error",
      from: { path: "^src/flows/layers/[^/]+\\.ts$", pathNot: "index\\.ts$" },
      to: { path: "^src/flows/layers/", pathNot: "elementwise-affine\\.ts$" },
    },
    { name: "no-cycles", severity: "error", from: {}, to: { circular: true } },
  ],
  options: { tsPreCompilationDeps: true, tsConfig: { fileName: "tsconfig.base.json" }, doNotFollow: { path: "node_modules" } },
};
