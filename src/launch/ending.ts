/** Why an engine process is gone, in words that a user can act on. */

export interface EngineEnding {
  readonly code: number | null;
  readonly signal: string | null;
  /** One sentence for the user. It may quote the engine's own error output: show it as text, never as markup. */
  readonly reason: string;
  /** True when we asked for it. */
  readonly expected: boolean;
}

/** What was seen of a process that has ended. */
interface LastSeen {
  readonly code: number | null;
  readonly signal: string | null;
  readonly spawnError: string | null;
  /** The end of its standard error. */
  readonly lastWords: string;
  readonly stopped: boolean;
}

export function explainEnding(seen: LastSeen): EngineEnding {
  return { code: seen.code, signal: seen.signal, reason: reasonFor(seen), expected: seen.stopped };
}

function reasonFor({ code, signal, spawnError, lastWords, stopped }: LastSeen): string {
  if (spawnError !== null) return `The engine could not be started: ${spawnError}.`;
  if (stopped) return "The engine was stopped.";
  if (/heap out of memory|heap limit/i.test(lastWords)) return "The engine ran out of memory.";
  if (signal === "SIGKILL") return "The engine was ended from outside (SIGKILL); the system does this when memory runs out.";
  if (signal !== null) return `The engine was ended by the signal ${signal}.`;
  const because = errorLine(lastWords);
  if (because) return `The engine failed (code ${code}): ${because}`;
  return code === 0 ? "The engine ended in the middle of its work, without an error." : `The engine ended with code ${code}.`;
}

/** The line of a Node stack trace that names the error, e.g. "Error: Cannot find module …". */
function errorLine(text: string): string | null {
  const lines = text.split("\n").map((line) => line.trim());
  return lines.filter((line) => /^(Uncaught )?\w*(Error|Exception)\b.*:/.test(line)).at(-1) ?? null;
}
