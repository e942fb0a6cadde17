/** Asks for a point of data space. */
import * as vscode from "vscode";
import { decimals } from "../language/numbers";
import type { Session } from "./session";

export async function pinPoint(session: Session): Promise<void> {
  const summary = session.definition.opened?.summary;
  if (!summary) return;
  const { dim } = summary;
  const axes = summary.target?.axes ?? Array.from({ length: dim }, (_, i) => `x${i + 1}`);
  const typed = await vscode.window.showInputBox({
    title: vscode.l10n.t("Pin a point of {0}", session.document.fileName),
    prompt: vscode.l10n.t("Coordinates {0}, separated by commas or spaces", axes.join(", ")),
    placeHolder: Array.from({ length: dim }, (_, i) => decimals(i === 0 ? 1 : -0.5, 1).replace("−", "-")).join(", "),
    validateInput: (text) =>
      parsePoint(text, dim) ? null : vscode.l10n.t("Write {0} numbers with decimal points, such as 1.5, -0.25.", String(dim)),
  });
  const x = typed === undefined ? null : parsePoint(typed, dim);
  if (!x) return;
  const name = session.pins.add(x);
  if (name) session.select({ pin: name });
  else void vscode.window.showInformationMessage(vscode.l10n.t("All eight pins are taken. Remove one in the trajectory inspector first."));
}

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** `d` finite numbers, or null. A decimal comma is never guessed at: "1,5" in two dimensions is the point (1, 5). */
function parsePoint(text: string, d: number): readonly number[] | null {
  const words = text
    .replace(/[()[\]]/g, " ")
    .trim()
    .split(/[\s,;]+/);
  if (words.length !== d || !words.every((word) => NUMBER.test(word))) return null;
  const numbers = words.map(Number);
  return numbers.every((value) => Number.isFinite(Math.fround(value))) ? numbers : null;
}
