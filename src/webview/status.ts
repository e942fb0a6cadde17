/** The one word about a document that stands in the header. */
import type { ViewState } from "../protocol/view";
import { integer } from "./format";

export interface StatusSign {
  /** Name of a codicon; null for a plain dot. */
  readonly icon: string | null;
  readonly tone: "calm" | "live" | "good" | "doubtful" | "wrong";
}

export interface Status {
  readonly text: string;
  readonly sign: StatusSign;
}

export function statusOf(state: ViewState | null): Status {
  if (!state) return status("", null, "calm");
  const { situation } = state;
  switch (situation.kind) {
    case "empty":
      return status("No flow", "circle-large-outline", "calm");
    case "starting":
      return status("Starting", "loading codicon-modifier-spin", "calm");
    case "faulty": {
      const n = situation.faults.length;
      return status(`Definition has ${n} ${n === 1 ? "fault" : "faults"}`, "error", "wrong");
    }
    case "engine-ended":
      return status("Engine stopped", "debug-disconnect", "wrong");
    case "engine-silent":
      return status("Engine does not answer", "watch", "doubtful");
    case "ready":
      return runStatus(state);
  }
}

function runStatus({ run, mayTrain, summary }: ViewState): Status {
  if (!mayTrain) return status("Restricted", "shield", "doubtful");
  if (!summary?.target) return status("No target", null, "calm");
  if (!run) return status("Ready", null, "calm");
  switch (run.status.kind) {
    case "untrained":
      return status("Untrained", null, "calm");
    case "training":
      return status("Training", null, "live");
    case "paused":
      return status("Paused", "debug-pause", "calm");
    case "finished":
      return status(FINISHED[run.status.because], "check", "good");
    case "diverged": {
      const where = run.status.layer === null ? "" : `, layer ${run.status.layer}`;
      return status(`Diverged at step ${integer(run.status.atStep)}${where}`, "warning", "doubtful");
    }
  }
}

const FINISHED = { steps: "Finished", "time-limit": "Finished: time limit", patience: "Finished: no more progress" };

function status(text: string, icon: string | null, tone: StatusSign["tone"]): Status {
  return { text, sign: { icon, tone } };
}
