/** Hovers, code lenses and quick fixes: thin adapters over the language room and the session's findings. */
import * as vscode from "vscode";
import generated from "../generated/catalogue.json";
import { type Catalogue, entryOf } from "../language/catalogue";
import { hoverAt } from "../language/hover";
import { type FlowFacts, lensesOf } from "../language/lenses";
import { about } from "../language/numbers";
import type { ComputePath, FlowSummary, Frame } from "../protocol/model";
import type { CommandId } from "./contributions";
import { SOURCE } from "./diagnostics";
import { nllOf } from "./nll";
import { plainMarkdown } from "./plain-text";
import type { Session } from "./session";
import type { Sessions } from "./sessions";
import { Store } from "./store";
import { rangeOf } from "./text-edits";

const SELECTOR: vscode.DocumentSelector = { language: "jsonc", pattern: "**/*.flow.json" };
const LENS_PAUSE_MS = 1000; // numbers above the text that change faster cannot be read

const catalogue: Catalogue = generated;

export class LanguageFeatures extends Store {
  private readonly lensesChanged = new vscode.EventEmitter<void>();
  private pause: NodeJS.Timeout | null = null;

  constructor(private readonly sessions: Sessions) {
    super();
    this.own(
      this.lensesChanged,
      vscode.languages.registerHoverProvider(SELECTOR, { provideHover: (document, position) => this.hover(document, position) }),
      vscode.languages.registerCodeLensProvider(SELECTOR, {
        onDidChangeCodeLenses: this.lensesChanged.event,
        provideCodeLenses: (document) => this.lenses(document),
      }),
      vscode.languages.registerCodeActionsProvider(
        SELECTOR,
        { provideCodeActions: (document, _range, { diagnostics }) => this.fixes(document, diagnostics) },
        { providedCodeActionKinds: [vscode.CodeActionKind.QuickFix] },
      ),
      sessions.onEach((session) => this.follow(session)),
    );
  }

  override dispose(): void {
    if (this.pause) clearTimeout(this.pause);
    super.dispose();
  }

  private follow(session: Session): void {
    session.onChanged(() => this.renewLenses());
    session.onTick(() => this.renewLenses());
  }

  private renewLenses(): void {
    this.pause ??= setTimeout(() => {
      this.pause = null;
      if (!this.disposed) this.lensesChanged.fire();
    }, LENS_PAUSE_MS);
  }

  private hover(document: vscode.TextDocument, position: vscode.Position): vscode.Hover | null {
    const found = hoverAt(document.getText(), document.offsetAt(position), catalogue);
    if (!found) return null;
    const markdown = new vscode.MarkdownString(found.markdown);
    const layer = found.kind === "layers" ? this.layerAt(document, found.range.offset) : null;
    if (layer) markdown.appendMarkdown(`\n\n${linesAbout(layer).map(plainMarkdown).join("  \n")}`);
    markdown.isTrusted = false; // no command links, whatever a text says
    return new vscode.Hover(markdown, rangeOf(document, found.range.offset, found.range.length));
  }

  /** The layer whose entry this place of the text belongs to, as far as the engine knows the text. */
  private layerAt(document: vscode.TextDocument, offset: number): Computed | null {
    const session = this.sessions.of(document.uri);
    const opened = session?.definition.opened;
    if (!opened || opened.text !== document.getText()) return null;
    const { layers, computing } = opened.summary;
    const layer = layers.find(({ range }) => range && range.offset <= offset && offset < range.offset + range.length);
    if (!layer) return null;
    const hasNetwork = entryOf(catalogue, "layers", layer.type)?.keys.some(({ name }) => name === "net") ?? false;
    return { path: layer.path, hasNetwork, computing };
  }

  private lenses(document: vscode.TextDocument): vscode.CodeLens[] {
    const session = this.sessions.of(document.uri);
    if (!session) return []; // somebody else's file, or a version in a difference
    return lensesOf(document.getText(), factsOf(session)).map(({ offset, text, stage }) => {
      const command: CommandId = stage === null ? "pushforward.openView" : "pushforward.selectStage";
      return new vscode.CodeLens(rangeOf(document, offset, 0), { title: text, command, arguments: [document.uri, stage] });
    });
  }

  private fixes(document: vscode.TextDocument, diagnostics: readonly vscode.Diagnostic[]): vscode.CodeAction[] {
    const problems = this.sessions.of(document.uri)?.problems;
    if (problems?.text !== document.getText()) return [];
    return diagnostics
      .filter(({ source }) => source === SOURCE)
      .flatMap((diagnostic) => {
        const start = document.offsetAt(diagnostic.range.start);
        const fault = problems.list.find(
          ({ code, offset, message }) => code === diagnostic.code && offset === start && message === diagnostic.message,
        );
        if (!fault?.fix) return [];
        const action = new vscode.CodeAction(fault.fix.title, vscode.CodeActionKind.QuickFix);
        action.diagnostics = [diagnostic];
        action.isPreferred = true;
        action.edit = new vscode.WorkspaceEdit();
        action.edit.replace(document.uri, rangeOf(document, fault.fix.offset, fault.fix.length), fault.fix.text);
        return [action];
      });
  }
}

interface Computed {
  readonly path: ComputePath;
  readonly hasNetwork: boolean;
  readonly computing: FlowSummary["computing"];
}

/** How the layer that is pointed at is computed, and what the whole flow takes. */
function linesAbout({ path, hasNetwork, computing }: Computed): readonly string[] {
  return [
    wayOf(path, hasNetwork),
    vscode.l10n.t("The whole flow takes about {0} ms a training step.", about(computing.millisecondsPerStep)),
  ];
}

function wayOf(path: ComputePath, hasNetwork: boolean): string {
  switch (path) {
    case "segment":
    case "dense":
      if (!hasNetwork) return vscode.l10n.t("Computed by fused kernels.");
      return path === "segment"
        ? vscode.l10n.t("Computed by fused kernels, its network as exact straight pieces.")
        : vscode.l10n.t("Computed by fused kernels, its network sample by sample.");
    case "mixed":
    case "tfjs":
      return vscode.l10n.t("Computed by TensorFlow.js.");
  }
}

function factsOf(session: Session): FlowFacts | null {
  const summary = session.definition.opened?.summary;
  if (!summary || session.definition.isOlder) return null; // numbers of another text would be wrong here
  const frame: Frame | null = session.pictures.frame;
  const isCurrent = frame?.revision === session.definition.opened?.revision;
  return {
    parameters: summary.parameters,
    nll: nllOf(session),
    layers: summary.layers.map(({ label, parameters }, i) => {
      const statistics = isCurrent ? frame?.layers[i] : undefined;
      return { label, parameters, logDet: statistics ? (statistics.overData ?? statistics.overSamples) : null };
    }),
  };
}
