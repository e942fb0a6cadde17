/** Questions and lists inside the page, since a webview has no `confirm`. */
import { button, make } from "./dom";

/** Asks before something is lost; Enter and the first button mean yes, Esc means no. */
export function confirm(title: string, text: string, yes: string): Promise<boolean> {
  return new Promise((resolve) => {
    const dialog = make("dialog", "dialog", make("h2", "", title), make("p", "", text));
    const close = (answer: boolean) => {
      resolve(answer);
      dialog.remove();
    };
    const buttons = make("div", "dialog-buttons");
    buttons.append(
      button("primary", yes, () => close(true), yes),
      button("secondary", "Keep", () => close(false), "Keep"),
    );
    dialog.append(buttons);
    show(dialog, title, () => close(false));
  });
}

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
