/** Something that owns registrations and ends them with itself. */
import type * as vscode from "vscode";

export abstract class Store implements vscode.Disposable {
  private readonly owned: vscode.Disposable[] = [];
  protected disposed = false;

  protected own(...registrations: readonly vscode.Disposable[]): void {
    this.owned.push(...registrations);
  }

  dispose(): void {
    this.disposed = true;
    for (const registration of this.owned.splice(0).reverse()) registration.dispose();
  }
}
