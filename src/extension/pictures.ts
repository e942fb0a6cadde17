/** The pictures of a session: the newest frame, the stage that is looked at, and who is looking. */
import { ChannelError } from "../protocol/channel";
import type { Frame } from "../protocol/model";
import { Audience, type Page } from "./audience";
import type { EngineClient, Opened } from "./definition";

const DATA_END = Number.MAX_SAFE_INTEGER; // "the last stage", before the number of layers is known

export interface Selection {
  /** 0 (base) … K (data). */
  readonly stage: number;
  readonly pin: string | null;
}

interface Surroundings {
  readonly session: string;
  readonly opened: () => Opened | null;
  /** Null while no engine runs. */
  readonly client: () => EngineClient | null;
  /** The parameters behind the pictures are others than before. */
  readonly renewed: () => void;
  readonly failed: (error: unknown) => void;
}

export class Pictures {
  frame: Frame | null = null;
  readonly audience: Audience;
  private wanted: Selection = { stage: DATA_END, pin: null };
  private early: Frame | null = null;
  private attended = "";

  constructor(private readonly around: Surroundings) {
    this.audience = new Audience((sequence) => {
      this.tell((client) => client.request("view/drawn", { session: around.session, sequence }));
    });
  }

  get selected(): Selection {
    const last = this.around.opened()?.summary.layers.length;
    return last === undefined ? this.wanted : { ...this.wanted, stage: Math.min(this.wanted.stage, last) };
  }

  /** Whether anything changed. */
  select({ stage, pin }: { readonly stage?: number; readonly pin?: string | null }): boolean {
    const former = this.selected;
    const next = { stage: stage ?? former.stage, pin: pin === undefined ? former.pin : pin };
    if (next.stage === former.stage && next.pin === former.pin) return false;
    this.wanted = next;
    this.audience.tell("select", this.selected);
    this.attend();
    return true;
  }

  attach(page: Page): void {
    this.audience.add(page);
    this.attend();
  }

  detach(page: Page): void {
    this.audience.remove(page);
    this.attend();
  }

  visibilityChanged(page: Page): void {
    this.audience.visibilityChanged(page);
    this.attend();
  }

  arrived(frame: Frame): void {
    const revision = this.around.opened()?.revision ?? 0;
    if (frame.revision < revision) return; // of a definition that is gone
    if (frame.revision > revision) {
      this.early = frame; // sent before the answer that explains it
      return;
    }
    const isNew = frame.step !== this.frame?.step || frame.revision !== this.frame.revision;
    this.frame = frame;
    this.audience.show(frame);
    if (isNew) this.around.renewed();
  }

  /** Another definition, or the same one in another engine: what was asked of the old one counts no more. */
  opened(): void {
    this.attended = "";
    const { early } = this;
    this.early = null;
    if (early) this.arrived(early);
    this.attend();
  }

  /** The engine sends frames by itself while somebody looks, and never otherwise. */
  private attend(): void {
    const opened = this.around.opened();
    if (!opened) return;
    const { stage } = this.selected;
    const live = this.audience.isWatching;
    const key = `${opened.revision} ${stage} ${live}`;
    if (key === this.attended) return;
    this.attended = key;
    this.tell((client) => client.request("view/attend", { session: this.around.session, stage, live }));
  }

  private tell(message: (client: EngineClient) => Promise<unknown>): void {
    const client = this.around.client();
    if (client) message(client).catch(this.around.failed);
  }
}

/** A question that was withdrawn, or that the engine's ending settled, is no failure of its own. */
export function isExpected(error: unknown): boolean {
  return error instanceof ChannelError && (error.code === "closed" || error.code === "cancelled");
}
