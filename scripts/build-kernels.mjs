/**
 * Compiles the kernels (src/kernels/assembly) to dist/wasm, twice from one source: with plain SIMD, and with relaxed SIMD for machines
 * that multiply and add in one instruction. Does nothing where the files are newer than their sources.
 */
import { existsSync, mkdirSync, readdirSync, statSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import asc from "assemblyscript/asc";

const repository = fileURLToPath(new URL("..", import.meta.url));
const sources = "src/kernels/assembly";
const target = "dist/wasm";
const VARIANTS = { simd: [], relaxed: ["--enable", "relaxed-simd"] };
const FLAGS = ["-O3", "--noAssert", "--runtime", "stub", "--enable", "simd", "--enable", "threads"];
// the host makes the memory, as large as the flow needs it
const MEMORY = ["--importMemory", "--sharedMemory", "--initialMemory", "1", "--maximumMemory", "65536"];

/** The newest change of a source, ms. */
function changed() {
  const files = readdirSync(path.join(repository, sources)).map((name) => path.join(repository, sources, name));
  return Math.max(...[...files, fileURLToPath(import.meta.url)].map((file) => statSync(file).mtimeMs));
}

async function compile(/** @type {string} */ name, /** @type {string[]} */ flags) {
  const outFile = `${target}/kernels-${name}.wasm`;
  const whole = path.join(repository, outFile);
  if (existsSync(whole) && statSync(whole).mtimeMs > changed()) return;
  const { error, stderr } = await asc.main([
    `${sources}/index.ts`,
    ...FLAGS,
    ...flags,
    ...MEMORY,
    "--outFile",
    outFile,
    "--baseDir",
    repository,
  ]);
  if (error) throw new Error(`${outFile} was not made.\n${stderr.toString()}`);
}

export async function buildKernels() {
  mkdirSync(path.join(repository, target), { recursive: true });
  for (const [name, flags] of Object.entries(VARIANTS)) await compile(name, flags);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildKernels();
