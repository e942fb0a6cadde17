/** The page's end of the channel to the extension host. */
import { Client, type Port } from "../protocol/channel";
import type { ViewEvents, ViewMethods } from "../protocol/view";

export type Host = Client<ViewMethods, ViewEvents>;

/** Choices of the reader that survive hiding the page. A convenience: VS Code may lose them. */
export interface KeptChoices {
  load(): unknown;
  save(value: unknown): void;
}

export function connect(): { readonly host: Host; readonly choices: KeptChoices } {
  const api = acquireVsCodeApi();
  const port: Port = {
    post: (message) => api.postMessage(message),
    onMessage: (listener) => window.addEventListener("message", (event: MessageEvent<unknown>) => listener(event.data)),
  };
  return { host: new Client(port), choices: { load: () => api.getState(), save: (value) => api.setState(value) } };
}
