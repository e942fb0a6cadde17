/** What a session needs of VS Code and of the engine, so that it can also be run without either. */
import type { Checkpoint } from "../launch/supervisor";
import type { Limits } from "../protocol/engine";
import type { Pin } from "../protocol/model";
import type { EngineClient } from "./definition";
import type { KeptRun } from "./kept-runs";

/** Why a command did nothing, in words for the user. */
export class Refusal extends Error {}

export type Permission = { readonly allowed: true } | { readonly allowed: false; readonly why: string };

/** Sentences of the host, in the user's language. */
export interface Phrases {
  readonly startingEngine: string;
  readonly readingDefinition: string;
  readonly fixFirst: string;
  readonly nothingOpened: string;
}

export interface EngineDoor {
  /** The engine, started if need be; throws a ChannelError "refused" when only a person may start it again. */
  client(): EngineClient;
  /** Whether an engine runs now. */
  readonly isThere: boolean;
  readonly hello: { readonly backend: string; readonly note: string | null } | null;
  checkpointOf(session: string): Checkpoint | null;
  forget(session: string): void;
}

/** The document of a session and its place in the workspace. */
export interface DocumentDoor {
  readonly fileName: string;
  /** Null when the document is no longer open. */
  text(): string | null;
  /** Folder that relative paths start from; null where the document has none. */
  folder(): string | null;
  /** Whether a run may start now. */
  permission(): Permission;
  loadPins(): readonly Pin[];
  savePins(pins: readonly Pin[]): void;
  /** The run that an earlier window left. */
  loadRun(): Promise<KeptRun | null>;
  saveRun(run: KeptRun): void;
  dropRun(): void;
}

export interface World {
  readonly engine: EngineDoor;
  readonly say: Phrases;
  limits(): Limits;
  /** A failure that is nobody's expected ending. */
  report(error: unknown): void;
}
