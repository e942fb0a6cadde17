// Loaded into the VS Code server before its own code. The server leads a process group of its own, so a SIGKILL to whoever started it
// would leave it running for ever: it notices that itself, and goes with everything that it started.
const { rmSync } = require("node:fs");

const LOOK_EVERY_MS = 1000;
const starter = process.ppid;
const dataDir = process.env.PUSHFORWARD_SERVER_DATA;

function lookForStarter() {
  if (process.ppid === starter) return;
  if (dataDir) rmSync(dataDir, { recursive: true, force: true });
  process.kill(-process.pid, "SIGKILL");
}

// Only in the server: its children may inherit this flag, and their parent's end is the server's business.
const isServer = process.argv[1]?.endsWith("server-main.js");
if (isServer && process.platform !== "win32") setInterval(lookForStarter, LOOK_EVERY_MS).unref();
