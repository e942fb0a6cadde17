/** What one view tells the others: the layer under the pointer, and the stage or pin that was chosen. */
import { ChannelError } from "../../protocol/channel";
import type { Host } from "../host";
import type { Store } from "../store";

/** Lights the layer whose mark is under the pointer or has the focus, in every view. */
export function lightWhileOver(area: Element, store: Store, layerAt: (target: Node) => number | null): void {
  let mine = false; // another view's light is not ours to put out
  const light = (target: EventTarget | null) => {
    const layer = target instanceof Node ? layerAt(target) : null;
    if (layer === null && !mine) return;
    mine = layer !== null;
    store.update({ litLayer: layer });
  };
  area.addEventListener("pointerover", (event) => light(event.target));
  area.addEventListener("pointerleave", () => light(null));
  area.addEventListener("focusin", (event) => light(event.target));
  area.addEventListener("focusout", () => light(null));
}

export function goToStage(store: Store, host: Host, stage: number): void {
  store.update({ flowTime: stage, playing: false });
  tell(host.request("select", { stage }));
}

export function choosePin(store: Store, host: Host, pin: string): void {
  store.update({ selectedPin: pin });
  tell(host.request("select", { pin }));
}

/** Sends without waiting. A channel that closes takes the page with it, so that there is nobody to tell; anything else is a bug. */
export function tell(request: Promise<unknown>): void {
  request.catch((error: unknown) => {
    if (!(error instanceof ChannelError)) throw error;
  });
}
