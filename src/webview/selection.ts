/** Keeps the chosen stage and pin the same here and in the other views. */
import type { Host } from "./host";
import type { Player } from "./player";
import { layerCount, type Store, shownStage } from "./store";

const SETTLE_MS = 120; // a scrubber passes many stages; only where it rests is a choice
const ECHO_MS = 800; // an answer to our own choice may come after the next choice

export class Selection {
  private knownStage = -1;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private readonly sent = new Map<number, number>(); // stage → when

  constructor(
    private readonly store: Store,
    private readonly host: Host,
    private readonly player: Player,
    private readonly ask: (request: Promise<unknown>) => void,
  ) {
    store.subscribe(["flowTime", "playing", "state"], () => this.stageMayHaveChanged());
  }

  /** What the host holds chosen when the page loads. */
  begin(stage: number): void {
    this.knownStage = stage;
  }

  choosePin(name: string | null): void {
    this.store.update({ selectedPin: name });
    this.ask(this.host.request("select", { pin: name }));
  }

  /** Another view or the text cursor chose. */
  follow({ stage, pin }: { readonly stage: number; readonly pin: string | null }): void {
    this.store.update({ selectedPin: pin });
    const sentAt = this.sent.get(stage);
    if (sentAt !== undefined && performance.now() - sentAt < ECHO_MS) return;
    if (this.player.moving || this.timer !== undefined) return; // the reader is choosing right now, and newer wins
    this.knownStage = stage;
    if (stage !== shownStage(this.store.value)) this.player.travel(stage);
  }

  private stageMayHaveChanged(): void {
    const model = this.store.value;
    clearTimeout(this.timer);
    this.timer = undefined;
    if (model.playing || layerCount(model) === 0 || shownStage(model) === this.knownStage) return;
    this.timer = setTimeout(() => this.settle(), SETTLE_MS);
  }

  private settle(): void {
    this.timer = undefined;
    if (this.player.moving) {
      this.timer = setTimeout(() => this.settle(), SETTLE_MS);
      return;
    }
    const stage = shownStage(this.store.value);
    if (this.store.value.playing || stage === this.knownStage) return;
    this.knownStage = stage;
    this.sent.set(stage, performance.now());
    this.ask(this.host.request("select", { stage }));
  }
}
