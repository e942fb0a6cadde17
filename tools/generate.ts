/** `npm run generate`: writes every generated file. */
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { generatedFiles } from "./generated";

for (const [file, text] of generatedFiles()) {
  const target = path.join(__dirname, "..", file);
  mkdirSync(path.dirname(target), { recursive: true });
  writeFileSync(target, text);
  console.log(file);
}
