/** Lists inside the page. */
import { button, make } from "./dom";

export function showKeys(rows: readonly { readonly keys: string; readonly text: string }[]): void {
  const list = make("dl", "keys");
  for (const { keys, text } of rows)
    list.append(make("dt", "", ...keys.split(" ").map((key) => make("kbd", "", key))), make("dd", "", text));
  const dialog = make("dialog", "dialog", make("h2", "", "Keys"), list);
  const close = () => dialog.remove();
  dialog.append(make("div", "dialog-buttons", button("secondary", "Close", close, "Close")));
  show(dialog, "Keys", close);
}

function show(dialog: HTMLDialogElement, name: string, onCancel: () => void): void {
  dialog.setAttribute("aria-label", name);
  dialog.addEventListener("cancel", (event) => {
    event.preventDefault();
    onCancel();
  });
  document.body.append(dialog);
  dialog.showModal();
}
