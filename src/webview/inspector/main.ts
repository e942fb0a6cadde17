/** The trajectory inspector: every number of the pinned points, in a side panel. */
import { ChannelError } from "../../protocol/channel";
import type { ViewState } from "../../protocol/view";
import { make } from "../dom";
import { connect } from "../host";
import { Store } from "../store";
import { watchTheme } from "../theme";
import { mountInspector } from "./page";

const { host, choices } = connect();
const store = new Store();
const root = document.querySelector("main") ?? make("main", "");
if (!root.isConnected) document.body.append(root);

watchTheme(root, () => store.update({ themeVersion: store.value.themeVersion + 1 }));
mountInspector(root, store, host, choices);

/** The panel follows the active editor: another file's picture says nothing about this one. */
function receiveState(state: ViewState): void {
  const isOther = state.fileName !== store.value.state?.fileName;
  store.update(isOther ? { state, frame: null } : { state });
}

async function load(): Promise<void> {
  const { state, history, frame, pins, selected, reduceMotion } = await host.request("view/ready", {});
  store.update({ state, history, frame, pins, selectedPin: selected.pin, flowTime: selected.stage, reduceMotion });
}

host.on("state", receiveState);
host.on("frame", (frame) => store.update({ frame }));
host.on("pins", (pins) => store.update({ pins }));
host.on("select", ({ stage, pin }) => store.update({ flowTime: stage, selectedPin: pin }));
load().catch((error: unknown) => {
  if (error instanceof ChannelError && error.code === "closed") return; // the panel was closed while it loaded
  root.replaceChildren(make("p", "inspector-note", `The inspector could not load: ${String(error)}`));
});
