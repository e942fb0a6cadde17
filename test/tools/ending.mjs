/** What must happen before this process ends, however it ends short of SIGKILL: no server, browser or folder outlives a test run. */

/** @type {Set<() => void>} */
const last = new Set();
/** @type {Set<() => Promise<void>>} */
const open = new Set();
let listening = false;
/** @type {number | undefined} */
let interruptCode;

/** The exit code of the interrupt that is ending this process, if one is: what fails from then on is not worth a word. */
export const interruptedWith = () => interruptCode;

/**
 * Registers a synchronous last act, for any end of the process. Returns the function that takes it back.
 *
 * @param {() => void} act
 */
export function onEnd(act) {
  listen();
  last.add(act);
  return () => void last.delete(act);
}

/**
 * Registers an orderly end, awaited when the process is interrupted. Returns the function that takes it back.
 *
 * @param {() => Promise<void>} close
 */
export function onInterrupt(close) {
  listen();
  open.add(close);
  return () => void open.delete(close);
}

function listen() {
  if (listening) return;
  listening = true;
  process.on("exit", () => {
    for (const act of last) act();
  });
  // The usual codes of a shell: 128 + the number of the signal.
  process.on("SIGINT", () => endAll(130));
  process.on("SIGTERM", () => endAll(143));
  process.on("SIGHUP", () => endAll(129));
}

async function endAll(/** @type {number} */ code) {
  if (interruptCode !== undefined) process.exit(interruptCode); // the second Ctrl+C: no orderly end, but the last acts
  interruptCode = code;
  const endings = await Promise.allSettled([...open].map((close) => close()));
  for (const ending of endings) if (ending.status === "rejected") console.error(`While ending: ${ending.reason}`);
  process.exit(code);
}
