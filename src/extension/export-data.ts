/** Writes the numbers behind the pictures as CSV files. */
import * as vscode from "vscode";
import type { Frame, StagePicture } from "../protocol/model";
import { csvText, rowsOf } from "./csv";
import type { Opened } from "./definition";
import { exportFolder, safeFileName } from "./export-picture";
import { exists } from "./new-flow";
import type { Session } from "./session";
import { Refusal } from "./world";

const SAMPLES = 10_000; // enough for a plot elsewhere, and a file that still opens everywhere

type Sheet = { readonly header: readonly string[]; readonly rows: Iterable<readonly (number | string)[]> };

interface Kind {
  readonly name: string;
  readonly label: string;
  readonly needsPlane?: boolean;
  readonly make: (session: Session, opened: Opened, signal: AbortSignal) => Promise<Sheet>;
}

const kinds = (): readonly Kind[] => [
  { name: "density", label: vscode.l10n.t("Density on a grid: coordinates and log p(x)"), needsPlane: true, make: densitySheet },
  { name: "samples", label: vscode.l10n.t("Samples of the flow"), make: samplesSheet },
  { name: "trajectories", label: vscode.l10n.t("Trajectories: samples and pins after every layer"), make: trajectoriesSheet },
  { name: "logdets", label: vscode.l10n.t("Log-dets of every layer: mean and deviation"), make: logDetsSheet },
];

export async function exportData(session: Session, uri: vscode.Uri): Promise<void> {
  if (!vscode.workspace.isTrusted) throw new Refusal(vscode.l10n.t("Exporting is off in Restricted Mode. Trust this folder to export."));
  const { opened } = session.definition;
  if (!opened) return;
  const items = kinds().filter(({ needsPlane }) => !needsPlane || opened.summary.dim === 2);
  const choice = await vscode.window.showQuickPick(
    items.map((kind) => ({ label: kind.label, picked: true, chosen: kind })),
    { canPickMany: true, title: vscode.l10n.t("Export data as CSV"), placeHolder: vscode.l10n.t("One file for each") },
  );
  if (!choice || choice.length === 0) return;
  const folders = await vscode.window.showOpenDialog({
    defaultUri: exportFolder(uri),
    canSelectFolders: true,
    canSelectFiles: false,
    openLabel: vscode.l10n.t("Export Here"),
  });
  const folder = folders?.[0];
  if (folder)
    await writeAll(
      session,
      opened,
      choice.map(({ chosen }) => chosen),
      folder,
    );
}

async function writeAll(session: Session, opened: Opened, chosen: readonly Kind[], folder: vscode.Uri): Promise<void> {
  const stem = safeFileName(session.document.fileName.replace(/\.flow\.json$/i, ""));
  const fileOf = ({ name }: Kind) => vscode.Uri.joinPath(folder, `${stem}-${name}.csv`);
  if (!(await mayReplace(chosen.map(fileOf)))) return;
  const title = vscode.l10n.t("Exporting {0}", session.document.fileName);
  const written = await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Notification, title, cancellable: true },
    async (progress, token) => {
      const controller = new AbortController();
      token.onCancellationRequested(() => controller.abort());
      let files = 0;
      for (const kind of chosen) {
        if (token.isCancellationRequested) return null;
        progress.report({ message: kind.label, increment: 100 / chosen.length });
        const { header, rows } = await kind.make(session, opened, controller.signal);
        await vscode.workspace.fs.writeFile(fileOf(kind), new TextEncoder().encode(csvText(header, rows)));
        files++;
      }
      return files;
    },
  );
  if (written !== null) void vscode.window.showInformationMessage(vscode.l10n.t("Wrote {0} files to {1}.", String(written), folder.path));
}

async function mayReplace(files: readonly vscode.Uri[]): Promise<boolean> {
  const present = (await Promise.all(files.map(async (file) => ((await exists(file)) ? [file.path.split("/").at(-1) ?? ""] : [])))).flat();
  if (present.length === 0) return true;
  const replace = vscode.l10n.t("Replace");
  return (await vscode.window.showWarningMessage(vscode.l10n.t("Replace {0}?", present.join(", ")), { modal: true }, replace)) === replace;
}

async function densitySheet({ engine, id }: Session, { summary }: Opened, signal: AbortSignal): Promise<Sheet> {
  const stage = summary.layers.length;
  const resolution = summary.view.grid;
  const picture = await engine.request("evaluate/density", { session: id, stage, window: summary.view.window, resolution }, signal);
  return { header: [...axesOf(summary), "log_density"], rows: cellsOf(picture) };
}

/** Centres of the cells with their log-density, row by row from the lower left corner. */
function* cellsOf({ window: [[left, right], [low, high]], resolution, logDensity }: StagePicture): Iterable<readonly number[]> {
  for (let i = 0; i < logDensity.length; i++) {
    const x = left + ((right - left) * ((i % resolution) + 0.5)) / resolution;
    const y = low + ((high - low) * (Math.floor(i / resolution) + 0.5)) / resolution;
    yield [x, y, logDensity[i] ?? Number.NaN];
  }
}

async function samplesSheet({ engine, id }: Session, { summary }: Opened, signal: AbortSignal): Promise<Sheet> {
  const samples = await engine.request("evaluate/samples", { session: id, n: SAMPLES }, signal);
  return { header: axesOf(summary), rows: rowsOf(samples, summary.dim) };
}

async function trajectoriesSheet(session: Session, { summary }: Opened, signal: AbortSignal): Promise<Sheet> {
  const { dim, layers } = summary;
  const stages = layers.length + 1;
  const frame = await frameOf(session, stages - 1, signal);
  const n = frame.samples.length / (stages * dim);
  function* rows(): Iterable<readonly (number | string)[]> {
    for (const { pin, trace } of session.pins.traces) {
      for (let k = 0; k < stages; k++)
        yield [pin.name, k, ...trace.stages.subarray(k * dim, (k + 1) * dim), k === 0 ? "" : (trace.logDets[k - 1] ?? "")];
    }
    for (let i = 0; i < n; i++) {
      for (let k = 0; k < stages; k++)
        yield [`sample ${i + 1}`, k, ...frame.samples.subarray((k * n + i) * dim, (k * n + i + 1) * dim), ""];
    }
  }
  return { header: ["point", "stage", ...axesOf(summary), "log_abs_det"], rows: rows() };
}

async function logDetsSheet(session: Session, { summary }: Opened, signal: AbortSignal): Promise<Sheet> {
  const frame = await frameOf(session, summary.layers.length, signal);
  const rows = summary.layers.map(({ id, type, label }, i) => {
    const statistics = frame.layers[i];
    const { overData = null, overSamples = null } = statistics ?? {};
    return [i + 1, id, type, label, overData?.mean ?? "", overData?.sd ?? "", overSamples?.mean ?? "", overSamples?.sd ?? ""];
  });
  return { header: ["layer", "id", "type", "label", "mean_over_data", "sd_over_data", "mean_over_samples", "sd_over_samples"], rows };
}

function frameOf({ engine, id }: Session, stage: number, signal: AbortSignal): Promise<Frame> {
  return engine.request("evaluate/frame", { session: id, stage }, signal);
}

function axesOf(summary: Opened["summary"]): readonly string[] {
  return summary.target?.axes.length === summary.dim ? summary.target.axes : Array.from({ length: summary.dim }, (_, i) => `x${i + 1}`);
}
