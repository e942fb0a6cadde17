/** All sessions, one for each document that is shown. They follow renames, and end when neither text nor view is open. */
import * as vscode from "vscode";
import { looksLikeFlow } from "../language/definition";
import { Listeners } from "../launch/listeners";
import { describe } from "../protocol/channel";
import { documentDoor, isFlowUri, type Memory, pinsKey, shownUris, uriOfInput } from "./documents";
import type { EngineLink } from "./engine-link";
import type { KeptRuns } from "./kept-runs";
import type { Log } from "./log";
import { Session } from "./session";
import { limits } from "./settings";
import { Store } from "./store";
import type { World } from "./world";

const CLOSING_GRACE_MS = 500; // a tab that is moved or renamed is closed and opened again
const RENAME_PATIENCE_MS = 10_000; // other extensions may take part in a rename
const IDLE_ENGINE_MS = 60_000; // an engine without a flow keeps its memory this long

export class Sessions extends Store {
  private readonly byUri = new Map<string, Session>();
  /** Trained runs of documents that were closed, by URI. */
  private readonly left = new Map<string, KeptRuns>();
  /** Renames under way, old to new. */
  private readonly renaming = new Map<string, string>();
  private readonly opens = new Listeners<Session>();
  private readonly closes = new Listeners<Session>();
  private readonly actives = new Listeners<Session | null>();
  private readonly world: World;
  private activeUri: string | null = null;
  private nextId = 1;
  private idle: NodeJS.Timeout | null = null;

  readonly onClosed = this.closes.add;
  /** Tells that another flow, or none, is the one that commands and the side view speak of. */
  readonly onActive = this.actives.add;

  constructor(
    private readonly engine: EngineLink,
    private readonly kept: Memory,
    log: Log,
  ) {
    super();
    this.world = {
      engine,
      say: {
        startingEngine: vscode.l10n.t("Starting the engine"),
        readingDefinition: vscode.l10n.t("Reading the definition"),
        fixFirst: vscode.l10n.t("The definition has errors. Correct them first."),
        nothingOpened: vscode.l10n.t("There is no valid definition to train yet."),
      },
      limits,
      report: (error) => log.error(describe(error)),
    };
    this.followEngine();
    this.own(
      vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
        if (contentChanges.length === 0) return;
        const session = this.of(document.uri);
        if (session) session.definition.textChanged();
        else this.consider(vscode.window.activeTextEditor);
      }),
      vscode.window.onDidChangeActiveTextEditor((editor) => this.consider(editor)),
      vscode.window.tabGroups.onDidChangeTabs(() => this.tabsChanged()),
      vscode.window.tabGroups.onDidChangeTabGroups(() => this.tabsChanged()),
      vscode.workspace.onWillRenameFiles(({ files }) => {
        for (const { oldUri, newUri } of files) this.willRename(oldUri, newUri);
      }),
      vscode.workspace.onDidRenameFiles(({ files }) => {
        for (const { oldUri, newUri } of files) this.renamed(oldUri, newUri);
      }),
      vscode.workspace.onDidDeleteFiles(({ files }) => {
        for (const uri of files) this.of(uri)?.pause().catch(this.world.report);
      }),
      vscode.workspace.onDidChangeConfiguration((event) => {
        // Flows that no engine knows yet are opened with the new values anyway.
        if (!event.affectsConfiguration("pushforward") || !engine.isThere) return;
        for (const session of this.all) void session.definition.settle();
      }),
      vscode.workspace.onDidGrantWorkspaceTrust(() => {
        for (const session of this.all) session.changed();
      }),
    );
    this.consider(vscode.window.activeTextEditor);
  }

  get all(): readonly Session[] {
    return [...this.byUri.values()];
  }

  get active(): Session | null {
    return (this.activeUri === null ? undefined : this.byUri.get(this.activeUri)) ?? null;
  }

  /** Calls the listener for every session, those to come among them. */
  onEach(listener: (session: Session) => void): vscode.Disposable {
    for (const session of this.all) listener(session);
    return { dispose: this.opens.add(listener) };
  }

  of(uri: vscode.Uri): Session | null {
    return this.byUri.get(uri.toString()) ?? null;
  }

  uriOf(session: Session): vscode.Uri | null {
    const found = [...this.byUri].find(([, candidate]) => candidate === session);
    return found ? vscode.Uri.parse(found[0], true) : null;
  }

  /** The session of a document that is shown, made if there is none. */
  open(uri: vscode.Uri): Session {
    const key = uri.toString();
    // The new name may be shown before the rename is told.
    const former = [...this.renaming].find(([, target]) => target === key)?.[0];
    if (former !== undefined) this.renamed(vscode.Uri.parse(former, true), uri);
    const present = this.byUri.get(key);
    if (present) return present;
    if (this.idle) clearTimeout(this.idle);
    const session = new Session(`s${this.nextId++}`, this.world, documentDoor(uri, this.kept), this.left.get(key));
    this.byUri.set(key, session);
    this.opens.tell(session);
    void session.definition.settle();
    this.tabsChanged();
    return session;
  }

  /** Replaces the engine, dead or alive; runs go on from where they were, or from their newest checkpoints. */
  async restartEngine(): Promise<void> {
    if (this.engine.isThere && !this.engine.isSilent) await Promise.all(this.all.map((session) => session.keepRun()));
    this.engine.restart();
  }

  override dispose(): void {
    super.dispose();
    if (this.idle) clearTimeout(this.idle);
    for (const session of this.all) void session.close();
  }

  /** A definition shown as text gets a session too: its faults are underlined whether or not its view is open. */
  private consider(editor: vscode.TextEditor | undefined): void {
    const tab = vscode.window.tabGroups.activeTabGroup.activeTab;
    const document = editor?.document;
    if (!document || !isFlowUri(document.uri) || uriOfInput(tab?.input)?.toString() !== document.uri.toString()) return;
    if (looksLikeFlow(document.getText())) this.open(document.uri);
  }

  private tabsChanged(): void {
    const uri = uriOfInput(vscode.window.tabGroups.activeTabGroup.activeTab?.input)?.toString();
    // Another kind of file in front: commands and the status bar keep speaking of the flow that was last in front.
    const next = uri !== undefined && this.byUri.has(uri) ? uri : this.activeUri;
    if (next !== this.activeUri) {
      this.activeUri = next;
      this.actives.tell(this.active);
    }
    setTimeout(() => this.closeUnshown(), CLOSING_GRACE_MS);
  }

  private closeUnshown(): void {
    const shown = shownUris();
    for (const [uri, session] of this.byUri) {
      if (shown.has(uri) || this.renaming.has(uri) || session.pictures.audience.size > 0) continue;
      this.byUri.delete(uri);
      this.left.set(uri, session.keptRuns);
      if (this.activeUri === uri) {
        this.activeUri = null;
        this.actives.tell(null);
      }
      void session.close().then(() => this.closes.tell(session));
    }
    if (this.byUri.size > 0 || !this.engine.isThere) return;
    if (this.idle) clearTimeout(this.idle);
    this.idle = setTimeout(() => void (this.byUri.size === 0 && this.engine.stop()), IDLE_ENGINE_MS);
  }

  /** From here until the rename is told, the old name's tab may be closed and the new one's opened, in any order. */
  private willRename(from: vscode.Uri, to: vscode.Uri): void {
    for (const key of this.byUri.keys()) {
      const target = movedKey(key, from, to);
      if (target === null) continue;
      this.renaming.set(key, target);
      setTimeout(() => this.renaming.delete(key), RENAME_PATIENCE_MS); // one that failed is never told
    }
  }

  private renamed(from: vscode.Uri, to: vscode.Uri): void {
    const moved = (key: string) => movedKey(key, from, to);
    for (const [key, session] of [...this.byUri]) {
      const target = moved(key);
      if (target === null) continue;
      this.renaming.delete(key);
      const uri = vscode.Uri.parse(target, true);
      const pins = session.document.loadPins();
      void this.kept.memory.update(pinsKey(vscode.Uri.parse(key, true)), undefined);
      session.document.dropRun();
      this.byUri.delete(key);
      session.document = documentDoor(uri, this.kept);
      session.document.savePins(pins);
      session.archive();
      this.byUri.set(target, session);
      if (this.activeUri === key) this.activeUri = target;
      session.changed();
    }
    for (const [key, runs] of [...this.left]) {
      const target = moved(key);
      if (target !== null) this.left.set(target, runs);
    }
  }

  private followEngine(): void {
    const each = (action: (session: Session) => void) => {
      for (const session of this.all) action(session);
    };
    const byId = (id: string) => this.all.find((session) => session.id === id);
    this.engine.onStarted(({ client }) => {
      each((session) => session.engineStarted());
      client.on("run/progress", (event) => byId(event.session)?.runProgressed(event));
      client.on("run/state", (event) => byId(event.session)?.runChanged(event));
      client.on("run/checkpoint", (event) => byId(event.session)?.checkpointArrived(event));
      client.on("view/frame", (event) => byId(event.session)?.frameArrived(event.frame));
    });
    this.engine.onGreeted(() => each((session) => session.changed()));
    this.engine.onDied((reason) => each((session) => session.engineDied(reason)));
    this.engine.onSilent((seconds) => each((session) => session.engineSilent(seconds)));
    this.engine.onAnswering(() => each((session) => session.engineAnswers()));
  }
}

/** The key of a document after a rename of it or of a folder around it; null when it is not concerned. */
function movedKey(key: string, from: vscode.Uri, to: vscode.Uri): string | null {
  const old = from.toString();
  return key === old || key.startsWith(`${old}/`) ? to.toString() + key.slice(old.length) : null;
}
