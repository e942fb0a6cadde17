/** A compute thread seen from the engine's main thread. */
import path from "node:path";
import { Worker } from "node:worker_threads";
import { Client, type Port } from "../protocol/channel";
import type { ComputeEvents, ComputeMethods } from "./compute-contract";

export interface Thread {
  readonly client: Client<ComputeMethods, ComputeEvents>;
  readonly backend: { readonly backend: string; readonly note: string | null };
  end(): Promise<void>;
}

/** Starts a thread. `onDeath` is told when it ends without having been asked to. */
export async function startThread(folder: string, onDeath: (reason: string) => void, onWarning: (text: string) => void): Promise<Thread> {
  const worker = new Worker(path.join(folder, "compute.js"));
  const port: Port = {
    post: (message) => worker.postMessage(message),
    onMessage: (listener) => worker.on("message", listener),
  };
  const client = new Client<ComputeMethods, ComputeEvents>(port);
  let ending = false;
  const died = (reason: string) => {
    client.dispose(reason);
    if (!ending) onDeath(reason);
  };
  worker.on("error", (error) => died(`the compute thread failed: ${error.message}`));
  worker.on("exit", (code) => died(`the compute thread ended with ${code}`));
  client.on("thread/warning", ({ text }) => onWarning(text));
  const backend = await client.request("thread/start", { folder });
  return {
    client,
    backend,
    end: async () => {
      ending = true;
      client.dispose("the thread was ended");
      await worker.terminate();
    },
  };
}
