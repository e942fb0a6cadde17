/**
 * What the engine's main thread knows of each open flow. It only routes: one thread evaluates for all sessions, and each session that
 * trains has a thread of its own, so pictures hardly slow training down.
 */
import { ChannelError, type Handlers } from "../protocol/channel";
import type { EngineEvents, EngineMethods } from "../protocol/engine";
import type { Progress, RunState } from "../protocol/model";
import type { Definition, Snapshot } from "./compute-contract";
import { FramePump } from "./frame-pump";
import type { Thread } from "./thread";

/** Flows that train at the same time; more would only share the same cores. */
const MOST_TRAINING = 2;
/** Records kept of a training curve; older ones are thinned. */
const MOST_RECORDS = 4000;

export interface Surroundings {
  readonly evaluator: Thread;
  startTrainer(onDeath: (reason: string) => void): Promise<Thread>;
  emit<K extends keyof EngineEvents & string>(event: K, payload: EngineEvents[K]): void;
}

interface Session {
  readonly id: string;
  revision: number;
  definition: Definition;
  run: RunState;
  snapshot: Snapshot;
  trainer: Thread | null;
  history: Progress[];
  readonly pump: FramePump;
}

export class Sessions {
  private readonly sessions = new Map<string, Session>();

  constructor(private readonly around: Surroundings) {}

  readonly handlers: Handlers<EngineMethods> = {
    "engine/hello": () => ({ ...this.around.evaluator.backend, pid: process.pid }),
    "flow/check": async ({ text, folder, limits }) => {
      const key = "check";
      const { answer } = await this.evaluator.request("flow/load", { key, definition: { text, folder, limits, checkpoint: null } });
      await this.evaluator.request("flow/unload", { key });
      return answer;
    },
    "flow/open": (p) => this.open(p),
    "flow/close": async ({ session }) => {
      const closing = this.sessions.get(session);
      if (!closing) return null;
      this.sessions.delete(session);
      closing.pump.stop();
      await closing.trainer?.end();
      await this.evaluator.request("flow/unload", { key: session });
      return null;
    },
    "run/train": async ({ session }) => this.adopt(session, await this.trainerOf(session, "run/train")),
    "run/pause": async ({ session }) => {
      const owner = this.get(session);
      return owner.trainer ? this.adopt(session, await owner.trainer.client.request("run/pause", { key: session })) : owner.run;
    },
    "run/step": async ({ session, steps }) => {
      const trainer = await this.trainer(session);
      return this.adopt(session, await trainer.client.request("run/step", { key: session, steps }));
    },
    "run/resumeGently": async ({ session }) => this.adopt(session, await this.trainerOf(session, "run/resumeGently")),
    "run/reset": async ({ session }) => {
      const { revision, definition } = this.get(session);
      const answer = await this.open({ session, revision, ...definition, checkpoint: null });
      if (!answer.ok) throw new ChannelError("faulty", answer.faults[0]?.message ?? "the definition has faults");
      return answer.run;
    },
    "run/checkpoint": async ({ session }) => {
      const owner = this.get(session);
      if (owner.trainer) return owner.trainer.client.request("run/checkpoint", { key: session });
      if (!owner.definition.checkpoint) return (await this.trainer(session)).client.request("run/checkpoint", { key: session });
      return owner.definition.checkpoint;
    },
    "run/history": ({ session }) => this.get(session).history,
    "view/attend": ({ session, stage, live }) => {
      this.get(session).pump.attend(stage, live);
      return null;
    },
    "view/drawn": ({ session, sequence }) => {
      this.get(session).pump.drawn(sequence);
      return null;
    },
    "evaluate/frame": async ({ session, stage }, { signal }) => {
      const owner = this.get(session);
      const request = {
        key: session,
        snapshot: await this.latest(owner),
        stage,
        revision: owner.revision,
        sequence: 0,
        quality: "full" as const,
      };
      return this.evaluator.request("evaluate/frame", request, signal);
    },
    "evaluate/density": async ({ session, ...request }, { signal }) =>
      this.evaluator.request("evaluate/density", { key: session, snapshot: await this.latest(this.get(session)), ...request }, signal),
    "evaluate/points": async ({ session, points }, { signal }) => {
      const snapshot = await this.latest(this.get(session));
      return { step: snapshot.step, traces: await this.evaluator.request("evaluate/points", { key: session, snapshot, points }, signal) };
    },
    "evaluate/weights": async ({ session }) =>
      this.evaluator.request("evaluate/weights", { key: session, snapshot: await this.latest(this.get(session)) }),
    "evaluate/samples": async ({ session, n }, { signal }) =>
      this.evaluator.request("evaluate/samples", { key: session, snapshot: await this.latest(this.get(session)), n }, signal),
  };

  private get evaluator() {
    return this.around.evaluator.client;
  }

  private get(id: string): Session {
    const found = this.sessions.get(id);
    if (!found) throw new ChannelError("no-session", "this flow is not open in the engine");
    return found;
  }

  private async open({ session, revision, text, folder, limits, checkpoint }: Parameters<Handlers<EngineMethods>["flow/open"]>[0]) {
    const definition = { text, folder, limits, checkpoint };
    const { answer, snapshot } = await this.evaluator.request("flow/load", { key: session, definition });
    if (!answer.ok || !snapshot) return answer;
    const former = this.sessions.get(session);
    await former?.trainer?.end();
    const pump =
      former?.pump ??
      new FramePump(
        (request, signal) => this.frame(session, request, signal),
        (frame) => this.around.emit("view/frame", { session, frame }),
        (reason) => this.around.emit("engine/log", { level: "error", text: `a picture could not be made: ${reason}` }),
      );
    const history = former && checkpoint ? former.history : [];
    this.sessions.set(session, { id: session, revision, definition, run: answer.run, snapshot, trainer: null, history, pump });
    pump.changed();
    return answer;
  }

  private async frame(id: string, request: { stage: number; sequence: number; quality: "live" | "full" }, signal: AbortSignal) {
    const owner = this.get(id);
    const snapshot = await this.latest(owner);
    return this.evaluator.request("evaluate/frame", { key: id, snapshot, revision: owner.revision, ...request }, signal);
  }

  /** The present parameters: the trainer's, or those that were loaded. */
  private async latest(owner: Session): Promise<Snapshot> {
    if (owner.trainer) owner.snapshot = await owner.trainer.client.request("run/snapshot", { key: owner.id });
    return owner.snapshot;
  }

  private async trainerOf(id: string, method: "run/train" | "run/resumeGently"): Promise<RunState> {
    const training = [...this.sessions.values()].filter((other) => other.id !== id && other.run.status.kind === "training").length;
    if (training >= MOST_TRAINING) throw new ChannelError("busy", `${MOST_TRAINING} flows are training already. Pause one of them first.`);
    return (await this.trainer(id)).client.request(method, { key: id });
  }

  /** The session's training thread, started on first use. */
  private async trainer(id: string): Promise<Thread> {
    const owner = this.get(id);
    if (owner.trainer) return owner.trainer;
    const thread = await this.around.startTrainer((reason) => {
      if (owner.trainer !== thread) return;
      owner.trainer = null;
      this.around.emit("engine/log", { level: "error", text: reason });
      this.adopt(id, { ...owner.run, status: { kind: "paused" } });
    });
    thread.client.on("run/records", ({ records, run }) => {
      owner.history = thin([...owner.history, ...records]);
      owner.run = run;
      this.around.emit("run/progress", { session: id, revision: owner.revision, records, run });
      owner.pump.changed(run.status.kind === "training");
    });
    thread.client.on("run/checkpoint", ({ step, checkpoint }) => {
      owner.definition = { ...owner.definition, checkpoint };
      this.around.emit("run/checkpoint", { session: id, revision: owner.revision, step, checkpoint });
    });
    await thread.client.request("flow/load", { key: id, definition: owner.definition });
    if (this.sessions.get(id) !== owner) {
      await thread.end();
      throw new ChannelError("replaced", "the definition changed meanwhile");
    }
    owner.trainer = thread;
    return thread;
  }

  private adopt(id: string, run: RunState): RunState {
    const owner = this.sessions.get(id);
    if (!owner) return run;
    owner.run = run;
    this.around.emit("run/state", { session: id, revision: owner.revision, run });
    owner.pump.changed(run.status.kind === "training");
    return run;
  }
}

/** Keeps a curve bounded: every second record of the older half goes, those with a validation stay. */
function thin(records: Progress[]): Progress[] {
  if (records.length <= MOST_RECORDS) return records;
  const half = records.length / 2;
  return records.filter((record, i) => i >= half || i % 2 === 0 || record.validation !== null);
}
