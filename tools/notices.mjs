/**
 * THIRD_PARTY_NOTICES.md: what of others is in the bundles, with versions and licences, from the packages that are installed.
 * `node tools/notices.mjs` writes it; test/unit/package.test.ts checks that it is current.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";

const repository = fileURLToPath(new URL("..", import.meta.url));
const packages = path.join(repository, "node_modules");

/** As in webpack.config.js. */
const ENTRIES = {
  extension: "src/extension/extension.ts",
  engine: "src/engine/process.ts",
  compute: "src/engine/compute.ts",
  "flow-view": "src/webview/main.ts",
  inspector: "src/webview/inspector/main.ts",
  cli: "src/cli/main.ts",
};
/** What is a bundle of its own, with the module that requires it. */
const APART = { tfjs: "src/flows/tf.ts" };

/** Packages of which something is shipped that no import shows. */
const COPIED = {
  "@tensorflow/tfjs-backend-wasm": "dist/wasm",
  "@vscode/codicons": "dist/codicons",
  "d3-scale-chromatic": "colour tables in src/generated/colormaps.json",
};

const ALLOWED = ["MIT", "ISC", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "0BSD", "Apache-2.0 AND MIT"];
/** Creative Commons licences are for works that are not programs. */
const ALLOWED_FOR_WORKS = { "@vscode/codicons": "CC-BY-4.0" };

const REMARKS = {
  "@vscode/codicons": "The icon font and its style sheet, by Microsoft Corporation, are used unchanged.",
  "d3-scale-chromatic":
    "Not the program but tables of its colour schemes. PuOr and Greys are ColorBrewer schemes; viridis, magma and inferno were made by Stéfan van der Walt and Nathaniel Smith and given to the public domain (CC0); cividis is by Nuñez, Anderton and Renslow (2018).",
  "@tensorflow/tfjs-backend-wasm":
    "The two .wasm files were compiled by the TensorFlow.js project. Linked into them are XNNPACK (BSD-3-Clause, below) and the runtime of Emscripten with musl libc (MIT, below).",
};

const MIT = `Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation files (the "Software"), to deal in the Software without restriction, including without limitation the rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.`;

const BSD3 = `Redistribution and use in source and binary forms, with or without modification, are permitted provided that the following conditions are met:

1. Redistributions of source code must retain the above copyright notice, this list of conditions and the following disclaimer.
2. Redistributions in binary form must reproduce the above copyright notice, this list of conditions and the following disclaimer in the documentation and/or other materials provided with the distribution.
3. Neither the name of the copyright holder nor the names of its contributors may be used to endorse or promote products derived from this software without specific prior written permission.

THIS SOFTWARE IS PROVIDED BY THE COPYRIGHT HOLDERS AND CONTRIBUTORS "AS IS" AND ANY EXPRESS OR IMPLIED WARRANTIES, INCLUDING, BUT NOT LIMITED TO, THE IMPLIED WARRANTIES OF MERCHANTABILITY AND FITNESS FOR A PARTICULAR PURPOSE ARE DISCLAIMED. IN NO EVENT SHALL THE COPYRIGHT HOLDER OR CONTRIBUTORS BE LIABLE FOR ANY DIRECT, INDIRECT, INCIDENTAL, SPECIAL, EXEMPLARY, OR CONSEQUENTIAL DAMAGES (INCLUDING, BUT NOT LIMITED TO, PROCUREMENT OF SUBSTITUTE GOODS OR SERVICES; LOSS OF USE, DATA, OR PROFITS; OR BUSINESS INTERRUPTION) HOWEVER CAUSED AND ON ANY THEORY OF LIABILITY, WHETHER IN CONTRACT, STRICT LIABILITY, OR TORT (INCLUDING NEGLIGENCE OR OTHERWISE) ARISING IN ANY WAY OUT OF THE USE OF THIS SOFTWARE, EVEN IF ADVISED OF THE POSSIBILITY OF SUCH DAMAGE.`;

/** Programs that are linked into a package's binaries without a package of their own. */
const LINKED = [
  { name: "XNNPACK", text: `Copyright (c) Facebook, Inc. and its affiliates. All rights reserved.\nCopyright 2019 Google LLC\n\n${BSD3}` },
  { name: "Emscripten", text: `Copyright (c) 2010-2014 Emscripten authors, see AUTHORS file.\n\n${MIT}` },
  { name: "musl libc", text: `Copyright © 2005-2020 Rich Felker, et al.\n\n${MIT}` },
];

export function noticesText() {
  const shipped = [...shippedPackages()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, where]) => describe(name, [...where].sort()));
  const fence = (/** @type {string} */ text) => `\`\`\`text\n${text}\n\`\`\``;
  const list = shipped.map(({ name, version, license, where }) => `| ${name} | ${version} | ${license} | ${where.join(", ")} |`);
  return `${[
    "<!-- Written by tools/notices.mjs from the installed packages. Do not edit. -->",
    "# Third-party notices",
    "Pushforward contains the following works of others, whole or in part.",
    ["| package | version | licence | where |", "|---|---|---|---|", ...list].join("\n"),
    ...shipped.flatMap(({ name, version, url, text }) =>
      [`## ${name} ${version}`, url, REMARKS[name], text && fence(text)].filter((part) => part !== undefined && part !== ""),
    ),
    ...LINKED.flatMap(({ name, text }) => [`## ${name}`, fence(text)]),
    "## Apache License 2.0",
    "For the packages above that name it.",
    fence(apacheText()),
  ].join("\n\n")}\n`;
}

/** Name → bundles and folders; what remains in a bundle after dead code is gone. */
function shippedPackages() {
  const shipped = new Map(Object.entries(COPIED).map(([name, where]) => [name, new Set([where])]));
  addPackages(shipped, ENTRIES, ["vscode", "@tensorflow/*"]);
  addPackages(shipped, APART, []);
  return shipped;
}

function addPackages(
  /** @type {Map<string, Set<string>>} */ shipped,
  /** @type {Record<string, string>} */ entryPoints,
  /** @type {string[]} */ external,
) {
  const { metafile } = buildSync({
    absWorkingDir: repository,
    entryPoints,
    bundle: true,
    write: false,
    metafile: true,
    outdir: "dist",
    platform: "node",
    mainFields: ["module", "main"],
    external,
    logLevel: "error",
  });
  for (const [bundle, { inputs }] of Object.entries(metafile.outputs)) {
    for (const [file, { bytesInOutput }] of Object.entries(inputs)) {
      const name = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1];
      if (!name || bytesInOutput === 0) continue;
      shipped.set(name, (shipped.get(name) ?? new Set()).add(bundle));
    }
  }
}

function describe(/** @type {string} */ name, /** @type {string[]} */ where) {
  const folder = path.join(packages, name);
  const { version, license, author, homepage, repository: source } = JSON.parse(readFileSync(path.join(folder, "package.json"), "utf8"));
  if (!ALLOWED.includes(license) && ALLOWED_FOR_WORKS[name] !== license)
    throw new Error(`${name} has the licence ${license}, which is not among those that we ship (tools/notices.mjs).`);
  const url = String(source?.url ?? source ?? homepage)
    .replace(/^git\+|\.git$/g, "")
    .replace(/^git:/, "https:")
    .replace(/^([\w-]+\/[\w-]+)$/, "https://github.com/$1");
  return { name, version, license, where, url, text: licenseText(name, folder, license, author?.name ?? author) };
}

/** The package's own text; where it has none, the copyright line that can be found and the text of the licence that it names. */
function licenseText(
  /** @type {string} */ name,
  /** @type {string} */ folder,
  /** @type {string} */ license,
  /** @type {string | undefined} */ author,
) {
  const files = readdirSync(folder).filter((file) => /^(licen[cs]e|notice|copying)/i.test(file));
  const texts = files.sort().map((file) => tidy(readFileSync(path.join(folder, file), "utf8")));
  if (texts.some((text) => text.includes(tidy(apacheText()).slice(0, 200)))) return ""; // printed once, at the end
  if (texts.length > 0) return texts.join("\n\n");
  const readme = path.join(folder, "README.md");
  const section = existsSync(readme)
    ? /^LICENSE[^\n]*\n-+\n([\s\S]*?)(?=\n[^\n]+\n-+\n|$(?![\s\S]))/m.exec(readFileSync(readme, "utf8"))?.[1]
    : undefined;
  if (section) return tidy(section);
  const copyright = copyrightIn(folder) ?? (author && `Copyright (c) ${author.replace(/ <.*/, "")}`);
  if (!copyright)
    throw new Error(`${name} has neither a licence text nor a copyright line; add what its source says to tools/notices.mjs.`);
  return license.includes("MIT") ? `${copyright}\n\n${MIT}` : copyright;
}

/** The copyright line at the head of a package's own code. */
function copyrightIn(/** @type {string} */ folder) {
  const file = path.join(folder, "dist", "index.js");
  return existsSync(file) ? /Copyright [^\n]+/.exec(readFileSync(file, "utf8").slice(0, 1000))?.[0].trim() : undefined;
}

/** The whole licence, from a package that ships it. */
function apacheText() {
  return tidy(readFileSync(path.join(packages, "long", "LICENSE"), "utf8"));
}

function tidy(/** @type {string} */ text) {
  const lines = text
    .replace(/^\uFEFF/, "")
    .replaceAll("\r\n", "\n")
    .split("\n")
    .map((line) => line.trimEnd());
  return lines.join("\n").replace(/^\n+|\n+$/g, "");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(path.join(repository, "THIRD_PARTY_NOTICES.md"), noticesText());
