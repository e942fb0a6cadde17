/** Entry of a compute thread: wires the channel to the work. */
import { parentPort } from "node:worker_threads";
import { type Port, serve } from "../protocol/channel";
import type { ComputeEvents, ComputeMethods } from "./compute-contract";
import { threadWork } from "./thread-work";

if (!parentPort) throw new Error("this file runs as a worker thread of the engine");
const messages = parentPort;
const port: Port = {
  post: (message) => messages.postMessage(message),
  onMessage: (listener) => messages.on("message", listener),
};
const { emit } = serve<ComputeMethods, ComputeEvents>(
  port,
  threadWork({
    listenerOf: (key) => ({
      records: (records, run) => emit("run/records", { key, records, run }),
      checkpoint: (step, checkpoint) => emit("run/checkpoint", { key, step, checkpoint }),
    }),
    warn: (text) => emit("thread/warning", { text }),
  }),
);
