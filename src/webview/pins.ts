/** Pins: adding, dragging and removing. The host keeps them; here is only what the hand is doing at the moment. */
import { ChannelError } from "../protocol/channel";
import type { Host } from "./host";
import type { Selection } from "./selection";
import type { Store } from "./store";

export class Pins {
  private moving = false;
  private next: { readonly name: string; readonly x: readonly number[] } | null = null;

  constructor(
    private readonly store: Store,
    private readonly host: Host,
    private readonly selection: Selection,
    private readonly say: (text: string) => void,
  ) {}

  async add(x: readonly number[]): Promise<void> {
    try {
      const name = await this.host.request("pin/add", { x });
      if (name === null) this.say("All eight pins are in use: remove one first (Delete)");
      else this.selection.choosePin(name);
    } catch (error) {
      this.failed(error);
    }
  }

  /** One request in flight; the newest place wins. The mark follows the hand at once, its numbers when they are known. */
  move(name: string, x: readonly number[]): void {
    this.store.update({
      pins: this.store.value.pins.map((pinned) => (pinned.pin.name === name ? { ...pinned, pin: { name, x } } : pinned)),
    });
    this.next = { name, x };
    if (!this.moving) void this.sendMoves();
  }

  async remove(name: string): Promise<void> {
    try {
      await this.host.request("pin/remove", { name });
      if (this.store.value.selectedPin === name) this.selection.choosePin(null); // told to the host: the next pin may get the same name
      this.say(`Pin ${name} removed`);
    } catch (error) {
      this.failed(error);
    }
  }

  private async sendMoves(): Promise<void> {
    this.moving = true;
    try {
      while (this.next) {
        const { name, x } = this.next;
        this.next = null;
        await this.host.request("pin/move", { name, x });
      }
    } catch (error) {
      this.failed(error);
    } finally {
      this.moving = false;
    }
  }

  private failed(error: unknown): void {
    if (!(error instanceof ChannelError)) throw error;
    if (error.code !== "cancelled") this.say(error.message);
  }
}
