/** What the pages of a session are told to show, from what is known of it. */
import type { Situation, ViewState } from "../protocol/view";
import type { Definition } from "./definition";
import type { Run } from "./run";
import type { DocumentDoor, EngineDoor, Phrases } from "./world";

export type Trouble = Extract<Situation, { readonly kind: "engine-ended" | "engine-silent" }>;

interface Known {
  readonly document: DocumentDoor;
  readonly definition: Definition;
  readonly run: Run;
  readonly trouble: Trouble | null;
  readonly say: Phrases;
  readonly engine: EngineDoor["hello"];
}

export function viewState(known: Known): ViewState {
  const { document, definition, run, engine } = known;
  const { opened, findings, isOlder } = definition;
  const permission = document.permission();
  return {
    revision: opened?.revision ?? 0,
    fileName: document.fileName,
    situation: situation(known),
    mayTrain: permission.allowed,
    whyNot: permission.allowed ? null : permission.why,
    runIsOlder: isOlder && (run.step > 0 || run.isTraining),
    summary: opened?.summary ?? null,
    warnings: findings?.warnings ?? [],
    run: run.state,
    engine,
  };
}

function situation({ definition, run, trouble, say, engine }: Known): Situation {
  const { blank, findings, opened, isLost } = definition;
  if (trouble) return trouble;
  if (blank && !run.isTraining) return { kind: "empty" };
  if (findings && findings.faults.length > 0) return { kind: "faulty", faults: findings.faults };
  if (opened && !isLost) return { kind: "ready" };
  return { kind: "starting", doing: engine ? say.readingDefinition : say.startingEngine };
}
