/** The command line as it is shipped: what it prints where, what it leaves behind, and how it ends. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { readArguments } from "../../src/cli/arguments";
import { duration } from "../../src/cli/progress-bar";
import type { Result } from "../../src/cli/report";
import { readSafetensors } from "../../src/interop/safetensors";
import { DIST, smallFlow } from "../support/engine";
import { type Files, withFolder } from "../support/folder";

interface Ending {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts the command line in a folder, in a process group of its own, as a terminal does. */
function start(folder: string, ...args: string[]): { readonly child: ChildProcess; readonly ended: Promise<Ending> } {
  const child = spawn(process.execPath, [path.join(DIST, "cli.js"), ...args], {
    cwd: folder,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const written = { stdout: "", stderr: "" };
  for (const stream of ["stdout", "stderr"] as const) {
    child[stream]?.setEncoding("utf8").on("data", (text: string) => {
      written[stream] += text;
    });
  }
  const ended = new Promise<Ending>((resolve) => child.on("close", (code) => resolve({ code, ...written })));
  return { child, ended };
}

const run = (folder: string, ...args: string[]): Promise<Ending> => start(folder, ...args).ended;

/** Runs where there are these files beside a flow that trains in a second. */
const withRun = (files: Files, args: readonly string[], use: (ending: Ending, folder: string) => void | Promise<void>) =>
  withFolder({ "f.flow.json": JSON.stringify(smallFlow()), ...files }, async (folder) => use(await run(folder, ...args), folder));

const resultIn = (folder: string): Result => JSON.parse(readFileSync(path.join(folder, "result.json"), "utf8"));

/** What Ctrl+C in a terminal does: the signal reaches every process of the group, the engine too. */
function interrupt(child: ChildProcess): void {
  process.kill(-(child.pid as number), "SIGINT");
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 10)); // mocha's limit ends a wait that never ends
}

describe("pushforward check", () => {
  it("describes a good definition and ends with 0", () =>
    withRun({}, ["check", "f.flow.json"], ({ code, stdout, stderr }) => {
      assert.equal(code, 0, stderr);
      const [first, second, ...rest] = stdout.split("\n");
      assert.match(first ?? "", /^f\.flow\.json: 3 layers, \d+ parameters, dimension 2$/);
      assert.match(second ?? "", /^computed by fused kernels\b.*, 1 thread: about [\d.,]+ ms a step, \d+ MB$/);
      assert.deepEqual(rest, [""]);
      assert.equal(stderr, "");
    }));

  it("says how a definition would be computed with other settings, in words and with --json", () =>
    withRun({}, ["check", "f.flow.json", "--threads", "2"], async ({ stdout }, folder) => {
      assert.match(stdout, /^computed by fused kernels\b.*, 2 threads: about /m);
      const off = await run(folder, "check", "f.flow.json", "--kernels", "off");
      assert.match(off.stdout, /^computed by TensorFlow\.js: about [\d.,]+ ms a step, \d+ MB$/m);
      const { summary } = JSON.parse((await run(folder, "check", "f.flow.json", "--kernels", "off", "--json")).stdout);
      const { path: way, threads, millisecondsPerStep, text } = summary.computing;
      assert.deepEqual([way, threads, text], ["tfjs", 1, "TensorFlow.js"]);
      assert.ok(millisecondsPerStep > 0 && summary.memoryBytes > 0);
    }));

  it("says nothing about training where there is no target", () =>
    withRun({ "free.flow.json": '{ "version": 1, "layers": [{ "type": "affine" }] }' }, ["check", "free.flow.json"], ({ code, stdout }) => {
      assert.equal(code, 0);
      assert.match(stdout, /^free\.flow\.json: 1 layer, \d+ parameters, dimension 2\ncomputed by fused kernels\b.*: about \d+ MB\n$/);
    }));

  const faulty = '{\n  "version": 1,\n  "layers": [\n    { "type": "couplin", "mask": [1, 0] }\n  ]\n}\n';
  for (const [how, text] of [
    ["", faulty],
    [" with a byte-order mark", `\uFEFF${faulty}`],
    [" with CRLF", faulty.replaceAll("\n", "\r\n")],
    [" with CR", faulty.replaceAll("\n", "\r")],
  ] as const) {
    it(`places a fault by line and column${how}, and ends with 1`, () =>
      withRun({ "bad.flow.json": text }, ["check", "bad.flow.json"], ({ code, stdout, stderr }) => {
        assert.equal(code, 1);
        assert.equal(stdout, "");
        assert.match(
          stderr,
          /^bad\.flow\.json:4:15: error: layers\[0\]\.type: "couplin" is not known here\. Did you mean "coupling"\?.*\n$/,
        );
      }));
  }

  it("with --json answers with one object on standard output, good or faulty", () =>
    withRun({ "bad.flow.json": faulty }, ["check", "bad.flow.json", "--json"], async ({ code, stdout, stderr }, folder) => {
      assert.equal(code, 1);
      assert.equal(stderr, "");
      const answer = JSON.parse(stdout);
      assert.equal(answer.ok, false);
      assert.equal(answer.summary, null);
      assert.deepEqual(answer.faults[0].path, ["layers", 0, "type"]);
      const good = JSON.parse((await run(folder, "check", "f.flow.json", "--json")).stdout);
      assert.deepEqual([good.ok, good.faults, good.summary.layers.length], [true, [], 3]);
    }));

  it("shows warnings of a good definition and still ends with 0", () =>
    withRun({ "warn.flow.json": JSON.stringify(smallFlow({}, { trian: {} })) }, ["check", "warn.flow.json"], ({ code, stdout, stderr }) => {
      assert.equal(code, 0);
      assert.match(stderr, /^warn\.flow\.json:1:\d+: warning: trian: this key is not known here\. Did you mean "train"\?\n$/);
      assert.match(stdout, /3 layers/);
    }));

  it("shows what files say without the characters that command a terminal", () => {
    const target = { type: "csv", file: "t.csv", columns: ["a", "b"] };
    return withRun(
      {
        "csv.flow.json": JSON.stringify(smallFlow({}, { target, name: "\u001b[2J" })),
        "t.csv": "\u001b]0;owned\u0007,\u202egnp.exe\n1,2\n",
      },
      ["check", "csv.flow.json"],
      ({ code, stderr }) => {
        assert.equal(code, 1);
        assert.match(stderr, /target\.columns: there is no column "a"\. The header names: /);
        assert.doesNotMatch(stderr.trimEnd(), /[\p{Cc}\u202e]/u);
      },
    );
  });
});

describe("unusable arguments", () => {
  const CASES: Readonly<Record<string, readonly [args: readonly string[], message: string]>> = {
    "an unknown command": [["trian", "f.flow.json"], '"trian" is not a command; use train, check or evaluate'],
    "no file": [["check"], "check needs the path of a .flow.json file"],
    "two files": [["check", "f.flow.json", "g"], '"g" is one argument too many'],
    "an unknown option": [["check", "f.flow.json", "--jsn"], "Unknown option '--jsn'"],
    "an option of another command": [["check", "f.flow.json", "--out", "x"], "check has no option --out"],
    "an option without its value": [["train", "f.flow.json", "--out"], "Option '--out <value>' argument missing"],
    "no folder for results": [["train", "f.flow.json"], "train needs --out DIR, the folder for its results"],
    "a number of steps that is none": [
      ["train", "f.flow.json", "--out", "x", "--steps", "1.5"],
      '--steps must be a whole number from 1, is "1.5"',
    ],
    "kernels that are neither auto nor off": [["check", "f.flow.json", "--kernels", "on"], '--kernels must be auto or off, is "on"'],
    "more threads than there may be": [
      ["check", "f.flow.json", "--threads", "17"],
      '--threads must be a whole number from 0 to 16, is "17"',
    ],
    "a number of threads that is none": [
      ["train", "f.flow.json", "--out", "x", "--threads", ""],
      '--threads must be a whole number from 0 to 16, is ""',
    ],
    "a missing definition": [["check", "gone.flow.json"], "gone.flow.json cannot be read (ENOENT)"],
    "a folder for a definition": [["check", "."], ". cannot be read (EISDIR)"],
    "a definition in UTF-16": [["check", "utf16.flow.json"], "utf16.flow.json is not UTF-8 text"],
    "missing weights": [["evaluate", "f.flow.json", "--weights", "gone.safetensors"], "gone.safetensors cannot be read (ENOENT)"],
    "a file for the folder of results": [
      ["train", "f.flow.json", "--out", "f.flow.json"],
      "f.flow.json cannot be a folder for results (EEXIST)",
    ],
    "a point of another dimension": [
      ["evaluate", "f.flow.json", "--point", "1,2,3"],
      '--point "1,2,3" must be 2 numbers with commas between them',
    ],
    "a point that is no number": [["evaluate", "f.flow.json", "--point", "1,"], '--point "1," must be 2 numbers with commas between them'],
  };
  for (const [what, [args, message]] of Object.entries(CASES)) {
    it(`such as ${what} are named, end with 2 and leave standard output empty`, () =>
      withRun({ "utf16.flow.json": Buffer.from("\uFEFF{}", "utf16le") }, args, ({ code, stdout, stderr }) => {
        assert.equal(code, 2);
        assert.equal(stdout, "");
        assert.ok(stderr.startsWith(`pushforward: ${message}`), stderr);
        assert.ok(stderr.endsWith("See pushforward --help.\n"), stderr);
      }));
  }

  it("are explained by --help, which ends with 0", () =>
    withRun({}, ["--help"], ({ code, stdout }) => {
      assert.equal(code, 0);
      for (const part of [
        "train FILE --out DIR",
        "check FILE",
        "evaluate FILE",
        "--json",
        "--kernels auto|off",
        "--threads N",
        "Exit codes:",
      ])
        assert.ok(stdout.includes(part), part);
    }));
});

describe("how a flow is computed", () => {
  it("is left to the engine where nothing is said", () =>
    assert.deepEqual(readArguments(["check", "f.flow.json"]), {
      command: "check",
      file: "f.flow.json",
      json: false,
      kernels: "auto",
      threads: 0,
    }));

  for (const command of [["train", "--out", "run"], ["check"], ["evaluate"]])
    it(`is said to ${command[0]} by --kernels and --threads`, () => {
      const wish = readArguments([...command, "f.flow.json", "--kernels", "off", "--threads", "2"]);
      assert.deepEqual("kernels" in wish && [wish.kernels, wish.threads], ["off", 2]);
    });

  it("is told to the engine, which takes it", () =>
    withRun({}, ["evaluate", "f.flow.json", "--kernels", "off", "--threads", "2", "--json"], ({ code, stdout, stderr }) => {
      assert.equal(code, 0, stderr);
      assert.equal(JSON.parse(stdout).steps, 0);
    }));
});

describe("pushforward train", () => {
  const FILES = ["checkpoint.safetensors", "loss.csv", "result.json", "weights.safetensors"];

  it("leaves weights, checkpoint, curve and numbers that agree, and ends with 0", () =>
    withRun({}, ["train", "f.flow.json", "--out", "a/run"], ({ code, stdout, stderr }, folder) => {
      assert.equal(code, 0, stderr);
      const out = path.join(folder, "a/run");
      assert.deepEqual(readdirSync(out).sort(), FILES);
      const result = resultIn(out);
      assert.deepEqual([result.file, result.steps, result.status], ["f.flow.json", 60, { kind: "finished", because: "steps" }]);
      assert.ok(result.nll !== null && result.floor !== null && result.klToFloor !== null);
      assert.ok(Math.abs(result.nll - result.floor - result.klToFloor) < 1e-6, "KL is NLL minus floor");
      assert.match(stdout, new RegExp(`^NLL, held out {4}${result.nll.toFixed(4)} ± `, "m"));
      assert.match(stdout, /^written to a\/run: weights\.safetensors, checkpoint\.safetensors, loss\.csv, result\.json$/m);
      assert.match(stderr, /^step [\d,]+ of 60/m);

      const weights = readSafetensors(readFileSync(path.join(out, "weights.safetensors")));
      const checkpoint = readSafetensors(readFileSync(path.join(out, "checkpoint.safetensors")));
      for (const [name, { values }] of weights.tensors) assert.deepEqual(checkpoint.tensors.get(name)?.values, values, name);
      assert.equal(checkpoint.metadata.step, "60");
      const size = [...weights.tensors.values()].reduce((sum, { values }) => sum + values.length, 0);
      assert.equal(result.parameters, size);

      const [header, ...rows] = readFileSync(path.join(out, "loss.csv"), "utf8").trimEnd().split("\n");
      assert.equal(header, "step,nll,nll_low,nll_high,validation_nll,gradient_norm,learning_rate");
      const table = rows.map((row) => row.split(",").map(Number));
      assert.equal(table.at(-1)?.[0], 60);
      for (const [i, [step = 0, nll = 0, low = 0, high = 0]] of table.entries()) {
        assert.ok(step > (table[i - 1]?.[0] ?? 0), "steps rise");
        assert.ok(low <= nll + 1e-6 && nll <= high + 1e-6);
      }
    }));

  it("with --json prints the same result as one object, and replaces the files of a former run", () =>
    withFolder({ "f.flow.json": JSON.stringify(smallFlow()) }, async (folder) => {
      for (const file of FILES) writeFileSync(path.join(folder, file), "former");
      const { code, stdout } = await run(folder, "train", "f.flow.json", "--out", ".", "--steps", "7", "--json");
      assert.equal(code, 0);
      assert.deepEqual(JSON.parse(stdout), resultIn(folder));
      assert.equal(resultIn(folder).steps, 7);
      assert.deepEqual(readdirSync(folder).sort(), [...FILES, "f.flow.json"].sort());
      assert.equal(readSafetensors(readFileSync(path.join(folder, "checkpoint.safetensors"))).metadata.step, "7");
    }));

  it("of a definition without a target says so, ends with 1 and makes no folder", () =>
    withRun(
      { "free.flow.json": '{ "version": 1, "layers": [] }' },
      ["train", "free.flow.json", "--out", "run"],
      ({ code, stdout, stderr }, folder) => {
        assert.equal(code, 1);
        assert.equal(stdout, "");
        assert.equal(stderr, "free.flow.json: the definition has no target, so there is nothing to train on. Add a target.\n");
        assert.ok(!existsSync(path.join(folder, "run")));
      },
    ));

  it("that diverges keeps the last good state, names the layer and ends with 1", () => {
    const wild = {
      type: "coupling",
      mask: [1, 0],
      transform: { type: "affine", scaleMap: { type: "exp" } },
      net: { type: "mlp", hidden: [8] },
    };
    const explosive = smallFlow(
      { steps: 400, clipNorm: 0, optimizer: { type: "adam", lr: 5 } },
      { layers: [wild, { ...wild, mask: [0, 1] }, wild] },
    );
    return withRun(
      { "wild.flow.json": JSON.stringify(explosive) },
      ["train", "wild.flow.json", "--out", "run"],
      ({ code, stdout }, folder) => {
        assert.equal(code, 1);
        assert.match(stdout, /\(diverged: .* stopped being finite.*\)/);
        assert.equal(resultIn(path.join(folder, "run")).status.kind, "diverged");
      },
    );
  });

  it("reads the columns of a table beside the definition", () => {
    const target = { type: "csv", file: "t.csv", columns: ["a", "b"] };
    const table = `a,b\n${Array.from({ length: 200 }, (_, i) => `${Math.sin(i)},${Math.cos(3 * i)}`).join("\n")}\n`;
    const files = { "sub/csv.flow.json": JSON.stringify(smallFlow({ steps: 5 }, { target })), "sub/t.csv": table };
    return withRun(files, ["train", "sub/csv.flow.json", "--out", "run", "--json"], ({ code, stdout, stderr }) => {
      assert.equal(code, 0, stderr);
      const { nll, layers } = JSON.parse(stdout) as Result;
      assert.ok(nll !== null && Math.abs(nll) < 10, String(nll));
      assert.equal(layers.at(-1)?.id, "standardize");
    });
  });
});

describe("the time that is left", () => {
  it("is told in units that a person counts in", () =>
    assert.deepEqual([0.2, 44.1, 89, 91, 3600, 5399, 5400, 9000].map(duration), [
      "1 s",
      "45 s",
      "89 s",
      "2 min",
      "60 min",
      "1 h 30 min",
      "1 h 30 min",
      "2 h 30 min",
    ]));
});

describe("Ctrl+C during a training", () => {
  const long = JSON.stringify(smallFlow({ steps: 1_000_000 }));

  it("ends it after the present step, writes a checkpoint that can be evaluated, and ends with 130", () =>
    withFolder({ "f.flow.json": long }, async (folder) => {
      const { child, ended } = start(folder, "train", "f.flow.json", "--out", "run", "--json");
      await new Promise((resolve) => child.stderr?.once("data", resolve)); // the first progress
      interrupt(child);
      const { code, stdout } = await ended;
      assert.equal(code, 130);
      const { steps, status } = JSON.parse(stdout) as Result;
      assert.ok(steps >= 1 && steps < 1_000_000);
      assert.equal(status.kind, "paused");
      assert.equal(readSafetensors(readFileSync(path.join(folder, "run/checkpoint.safetensors"))).metadata.step, String(steps));
      const again = await run(folder, "evaluate", "f.flow.json", "--weights", "run/checkpoint.safetensors", "--json");
      assert.deepEqual([JSON.parse(again.stdout).steps, JSON.parse(again.stdout).nll], [steps, JSON.parse(stdout).nll]);
    }));

  for (const more of [[], ["--steps", "1000000"]]) {
    it(`is not lost when it comes before the first step${more.length > 0 ? " of a counted training" : ""}`, () =>
      withFolder({ "f.flow.json": long }, async (folder) => {
        const { child, ended } = start(folder, "train", "f.flow.json", "--out", "run", ...more);
        await until(() => existsSync(path.join(folder, "run"))); // made while the training thread starts
        interrupt(child);
        const { code } = await ended;
        assert.equal(code, 130);
        assert.equal(resultIn(path.join(folder, "run")).status.kind, "paused");
      }));
  }

  it("twice ends at once", () =>
    withFolder({ "f.flow.json": long }, async (folder) => {
      const { child, ended } = start(folder, "train", "f.flow.json", "--out", "run");
      await until(() => existsSync(path.join(folder, "run")));
      interrupt(child);
      await new Promise((resolve) => setImmediate(resolve));
      while (child.exitCode === null && child.signalCode === null) {
        interrupt(child);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      await ended;
      assert.equal(child.signalCode, "SIGINT");
    }));
});

describe("pushforward evaluate", () => {
  const NAMED = ["evaluate", "f.flow.json", "--weights"] as const;

  it("of trained weights gives the numbers that training gave, from weights and from the checkpoint", () =>
    withRun({}, ["train", "f.flow.json", "--out", "run", "--json"], async ({ stdout }, folder) => {
      const trained = JSON.parse(stdout) as Result;
      for (const file of ["run/weights.safetensors", "run/checkpoint.safetensors"]) {
        const { points, ...evaluated } = JSON.parse((await run(folder, ...NAMED, file, "--json")).stdout);
        assert.deepEqual(points, []);
        assert.deepEqual(evaluated, { ...trained, seconds: null, status: { kind: "paused" } });
      }
      const fresh = JSON.parse((await run(folder, "evaluate", "f.flow.json", "--json")).stdout) as Result;
      assert.equal(fresh.steps, 0);
      assert.notEqual(fresh.nll, trained.nll);
    }));

  it("shows the terms of log p(x) for each point, and they add up", () =>
    withRun({}, ["train", "f.flow.json", "--out", "run"], async (_, folder) => {
      const points = ["--point", "0.5,0.25", "--point", "-1,.5"];
      const { code, stdout } = await run(folder, ...NAMED, "run/weights.safetensors", ...points, "--json");
      assert.equal(code, 0);
      const terms: { x: number[]; logProb: number; logBase: number; logDets: number[]; stages: number[] }[] = JSON.parse(stdout).points;
      assert.deepEqual(
        terms.map(({ x }) => x),
        [
          [0.5, 0.25],
          [-1, 0.5],
        ],
      );
      for (const { x, logProb, logBase, logDets, stages } of terms) {
        assert.equal(logDets.length, 3);
        assert.ok(Math.abs(logBase - logDets.reduce((sum, term) => sum + term, 0) - logProb) < 1e-5, "log p = base − Σ log|det|");
        const [z1 = 0, z2 = 0] = stages;
        assert.ok(Math.abs(-(z1 ** 2 + z2 ** 2) / 2 - Math.log(2 * Math.PI) - logBase) < 1e-5, "the base is a standard normal");
        assert.deepEqual(
          stages.slice(-2).map((value) => value.toFixed(5)),
          x.map((value) => value.toFixed(5)),
        );
      }
      const text = (await run(folder, ...NAMED, "run/weights.safetensors", ...points)).stdout;
      assert.ok(text.includes(`log p(0.5, 0.25) = ${terms[0]?.logProb.toFixed(4)} = `), text);
      assert.match(text, /log p\(-1, 0\.5\) = −?-?[\d.]+ = [−+][\d.]+( − \([−+][\d.]+\)){3}\n$/);
    }));

  it("refuses weights of another definition or none, with the reason, and ends with 1", () =>
    withRun({}, ["train", "f.flow.json", "--out", "run", "--steps", "1"], async (_, folder) => {
      writeFileSync(path.join(folder, "f.flow.json"), JSON.stringify(smallFlow({}, { seed: 4 })));
      const other = await run(folder, ...NAMED, "run/weights.safetensors");
      assert.equal(other.code, 1);
      assert.match(other.stderr, /^f\.flow\.json:1:1: error: weights: it belongs to another definition: seed differ\.\n$/);
      const none = await run(folder, ...NAMED, "run/loss.csv");
      assert.equal(none.code, 1);
      assert.match(none.stderr, /error: weights: not a usable \.safetensors file: the header claims \d+ bytes\.\n$/);
    }));
});
