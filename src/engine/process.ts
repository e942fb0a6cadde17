/** Entry of the engine process: wires the channel to the sessions. Ends with its parent; computes nothing itself. */
import { type Port, serve } from "../protocol/channel";
import type { EngineEvents, EngineMethods } from "../protocol/engine";
import { Sessions } from "./sessions";
import { startThread } from "./thread";
import { Trainers } from "./trainers";

process.on("disconnect", () => process.exit(0));
// Ctrl+C in a terminal reaches every process there; what it means is the parent's to decide, who may want a last checkpoint.
process.on("SIGINT", () => {});

const port: Port = {
  // With a callback, a message to a parent that is just ending is not thrown; "disconnect" then ends this process.
  post: (message) => void process.send?.(message, undefined, undefined, () => {}),
  onMessage: (listener) => process.on("message", listener),
};

async function start(): Promise<void> {
  // Messages that arrive while the thread starts wait here; the channel is served once it is ready.
  const early: unknown[] = [];
  const keep = (message: unknown) => early.push(message);
  process.on("message", keep);
  const warnings: string[] = [];
  let warn = (text: string): unknown => warnings.push(text);
  const trainers = new Trainers(__dirname, (text) => warn(text));
  const evaluator = await startThread(
    __dirname,
    (reason) => {
      process.stderr.write(`${reason}\n`);
      process.exit(1); // the parent sees the death, says it and can start a new engine
    },
    (text) => warn(text),
  );
  const sessions = new Sessions({
    evaluator,
    startTrainer: (onDeath) => trainers.start(onDeath),
    emit: (event, payload) => channel.emit(event, payload),
  });
  let listener: (message: unknown) => void = keep;
  const channel = serve<EngineMethods, EngineEvents>(
    {
      ...port,
      onMessage: (served) => {
        listener = served;
      },
    },
    sessions.handlers,
  );
  process.off("message", keep);
  process.on("message", (message) => listener(message));
  for (const message of early) listener(message);
  warn = (text) => channel.emit("engine/log", { level: "warn", text });
  for (const text of [evaluator.backend.note, ...warnings]) if (text) warn(text);
}

start().catch((error: unknown) => {
  process.stderr.write(`the engine could not start: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
