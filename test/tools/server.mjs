/** One running VS Code server, with a data folder of its own that goes when it goes. */
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { onEnd } from "./ending.mjs";

const START_LIMIT_MS = 30_000; // half a second is usual; a busy container has needed several
const KILL_AFTER_MS = 3000; // the server has then had its chance to end the extension host
const READABLE_LENGTH = 300; // its code is minified, and errors quote the whole line

/** Without this the server asks an extension gallery on the internet. */
export const NO_GALLERY = { EXTENSIONS_GALLERY: "{}" };

/**
 * @typedef {object} ServerOptions
 * @property {string} root the folder that has `out/server-main.js`, as `installServer` gives it
 * @property {Record<string, unknown>} [settings] the user's settings
 * @property {string} [extensionsDir] installed extensions; a fresh, empty folder if not given
 * @property {boolean} [trust] false: workspaces open in restricted mode
 * @property {NodeJS.ProcessEnv} [env] added to our own environment; the extension host sees it too
 * @property {number} [port] 0, the default, takes a free one
 */

/**
 * Starts the server and resolves when it listens.
 *
 * @param {ServerOptions} options
 */
export async function startServer({ root, settings = {}, extensionsDir, trust = true, env = {}, port = 0 }) {
  const dataDir = mkdtempSync(path.join(tmpdir(), "pushforward-server-"));
  const extensions = extensionsDir ? path.resolve(extensionsDir) : path.join(dataDir, "extensions");
  mkdirSync(extensions, { recursive: true }); // absent, the server scans nothing, not even the extension under test
  mkdirSync(path.join(dataDir, "data", "User"), { recursive: true });
  writeFileSync(path.join(dataDir, "data", "User", "settings.json"), JSON.stringify(settings, null, 2));
  // Themes that lie inside the folder of an extension under development count as its own, and the first of them is shown whatever the
  // settings say. This server lies inside our folder; so its own extensions are given by another way.
  const ownExtensions = path.join(dataDir, "own-extensions");
  symlinkSync(path.join(root, "extensions"), ownExtensions, "junction");

  // Any page in any browser can reach a local port, and a server without a secret would let it run programs.
  const token = randomBytes(16).toString("hex");
  const tokenFile = path.join(dataDir, "token");
  writeFileSync(tokenFile, token, { mode: 0o600 });

  const flags = [
    ...["--host", "127.0.0.1", "--port", String(port), "--connection-token-file", tokenFile, "--accept-server-license-terms"],
    ...(needsTestDriver(root) ? ["--enable-smoke-test-driver"] : []),
    ...["--server-data-dir", dataDir, "--extensions-dir", extensions, "--builtin-extensions-dir", ownExtensions],
    ...["--disable-telemetry", "--disable-getting-started-override"],
    ...(trust ? ["--disable-workspace-trust"] : []),
  ];
  const guard = fileURLToPath(new URL("./orphan-guard.cjs", import.meta.url));
  const server = spawn(serverNode(), ["--require", guard, path.join(root, "out", "server-main.js"), ...flags], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...NO_GALLERY, PUSHFORWARD_SERVER_DATA: dataDir, ...env },
    detached: process.platform !== "win32", // its own process group, so that the extension host can be ended with it
  });
  const ended = new Promise((resolve) => server.once("close", resolve));

  const killNow = () => {
    signalGroup(server, "SIGKILL");
    rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 });
  };
  const forget = onEnd(killNow);
  /** Ends the server and everything that it started, and removes its data. */
  const stop = async () => {
    signalGroup(server, "SIGTERM");
    const timer = setTimeout(() => signalGroup(server, "SIGKILL"), KILL_AFTER_MS);
    await ended;
    clearTimeout(timer);
    killNow(); // what is left of the group: an extension host can outlive the server by seconds
    forget();
  };

  try {
    const host = `127.0.0.1:${await portOf(server)}`;
    return { host, token, dataDir, ended, stop, pid: server.pid };
  } catch (error) {
    await stop();
    throw error;
  }
}

/**
 * Newer servers ignore extensionDevelopmentPath without the test driver. With it no server shows a dialog: every question is taken as
 * answered, most of them with no.
 */
function needsTestDriver(/** @type {string} */ root) {
  const { version } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8"));
  return !version.startsWith("1.100.");
}

/** The Node that runs the server: ours, unless PUSHFORWARD_SERVER_NODE names another. */
export function serverNode() {
  return process.env.PUSHFORWARD_SERVER_NODE || process.execPath;
}

/** Resolves with the port that the server chose; rejects with its words if it ends first or says nothing. */
function portOf(/** @type {import("node:child_process").ChildProcess} */ server) {
  return new Promise((resolve, reject) => {
    let said = "";
    const settle = (/** @type {() => void} */ outcome) => {
      clearTimeout(timer);
      for (const stream of [server.stdout, server.stderr]) stream?.off("data", look).resume(); // unread, it would fill up and block
      outcome();
    };
    const fail = (/** @type {string} */ how) => {
      const lines = said
        .trim()
        .split("\n")
        .map((line) => line.slice(0, READABLE_LENGTH));
      settle(() => reject(new Error(`The VS Code server ${how}. It said:\n${lines.join("\n") || "(nothing)"}`)));
    };
    const look = (/** @type {Buffer} */ chunk) => {
      said += chunk;
      const port = /Web UI available at http:\/\/[^:/]+:(\d+)/.exec(said)?.[1];
      if (port) settle(() => resolve(port));
      else if (said.includes("EADDRINUSE")) fail("found its port taken by another program"); // it would stay, without a port
    };
    const timer = setTimeout(() => fail(`did not listen within ${START_LIMIT_MS / 1000} s`), START_LIMIT_MS);
    server.stdout?.on("data", look);
    server.stderr?.on("data", look);
    server.once("error", (error) => fail(`could not be started (${error.message})`));
    server.once("exit", (code, signal) => {
      const tooOld = said.includes("does not provide an export"); // of a module of Node's
      const hint = tooOld ? "; it needs a newer Node, whose path goes into PUSHFORWARD_SERVER_NODE" : "";
      fail(`ended with ${code ?? signal} before it listened${hint}`);
    });
  });
}

function signalGroup(/** @type {import("node:child_process").ChildProcess} */ server, /** @type {NodeJS.Signals} */ signal) {
  if (server.pid === undefined) return;
  try {
    if (process.platform === "win32") server.kill(signal);
    else process.kill(-server.pid, signal);
  } catch (error) {
    if (error.code !== "ESRCH") throw error; // ESRCH: nobody of the group is left, which is what we want
  }
}
