/**
 * Everything that VS Code is told in package.json about commands, settings, menus and views, from one table.
 * A command or a setting without a title or a description does not compile. No run-time import of `vscode`: a Node test reads this file.
 */
import { settingTable } from "./setting-table";

export const VIEW_TYPE = "pushforward.editor";
export const INSPECTOR_TYPE = "pushforward.inspector";
const FILE_PATTERN = "*.flow.json";

const IN_VIEW = `activeCustomEditorId == '${VIEW_TYPE}'`;
const ON_FLOW = `${IN_VIEW} || resourceFilename =~ /\\.flow\\.json$/`;
const HAS_FLOW = "pushforward.hasFlow";
const MAY_TRAIN = "pushforward.hasFlow && pushforward.mayTrain";

export type CommandId =
  | "pushforward.newFlow"
  | "pushforward.openView"
  | "pushforward.openText"
  | "pushforward.train"
  | "pushforward.pause"
  | "pushforward.step"
  | "pushforward.reset"
  | "pushforward.stop"
  | "pushforward.pinPoint"
  | "pushforward.showInspector"
  | "pushforward.exportPicture"
  | "pushforward.exportData"
  | "pushforward.restartEngine"
  | "pushforward.showLog"
  | "pushforward.selectStage";

interface CommandEntry {
  readonly title: string;
  readonly icon?: string;
  /** When the command can run; it stays visible in the palette otherwise unless `palette` says more. */
  readonly enablement?: string;
  /** When the palette lists it; "false" for commands that only our own code calls. */
  readonly palette?: string;
}

export const commandTable: { readonly [Id in CommandId]: CommandEntry } = {
  "pushforward.newFlow": { title: "New Flow from Template…", icon: "$(new-file)" },
  "pushforward.openView": { title: "Open Flow View", icon: "$(open-preview)", palette: ON_FLOW },
  "pushforward.openText": { title: "Open Definition as Text", icon: "$(go-to-file)", palette: IN_VIEW },
  "pushforward.train": { title: "Train", icon: "$(play)", enablement: `${MAY_TRAIN} && !pushforward.training`, palette: HAS_FLOW },
  "pushforward.pause": { title: "Pause Training", icon: "$(debug-pause)", enablement: "pushforward.training", palette: HAS_FLOW },
  "pushforward.step": {
    title: "Train One Step",
    icon: "$(debug-step-over)",
    enablement: `${MAY_TRAIN} && !pushforward.training`,
    palette: HAS_FLOW,
  },
  "pushforward.reset": {
    title: "Reset Parameters",
    icon: "$(discard)",
    enablement: `${MAY_TRAIN} && pushforward.trained`,
    palette: HAS_FLOW,
  },
  "pushforward.stop": { title: "Stop Training", icon: "$(debug-stop)", enablement: "pushforward.training", palette: HAS_FLOW },
  "pushforward.pinPoint": { title: "Pin Point…", icon: "$(pin)", enablement: HAS_FLOW, palette: HAS_FLOW },
  "pushforward.showInspector": { title: "Show Trajectory Inspector", icon: "$(list-tree)" },
  "pushforward.exportPicture": { title: "Export Picture (PNG)…", icon: "$(device-camera)", enablement: HAS_FLOW, palette: HAS_FLOW },
  "pushforward.exportData": { title: "Export Data (CSV)…", icon: "$(table)", enablement: HAS_FLOW, palette: HAS_FLOW },
  "pushforward.restartEngine": { title: "Restart Engine", icon: "$(debug-restart)" },
  "pushforward.showLog": { title: "Show Log", icon: "$(output)" },
  "pushforward.selectStage": { title: "Select Layer in the Flow View", palette: "false" },
};

const COLORS = [
  {
    id: "pushforward.positiveLogDet",
    description: "Where a layer expands space (log |det J| above 0), in the Flow view and the trajectory inspector.",
    defaults: { dark: "#F1A340", light: "#B35806", highContrast: "#FDB863", highContrastLight: "#B35806" },
  },
  {
    id: "pushforward.negativeLogDet",
    description: "Where a layer contracts space (log |det J| below 0), in the Flow view and the trajectory inspector.",
    defaults: { dark: "#998EC3", light: "#6A51A3", highContrast: "#B2ABD2", highContrastLight: "#6A51A3" },
  },
];

interface MenuItem {
  readonly command: CommandId;
  readonly when?: string;
  readonly group?: string;
}

const menus: Readonly<Record<string, readonly MenuItem[]>> = {
  "editor/title": [
    {
      command: "pushforward.openView",
      when: `resourceFilename =~ /\\.flow\\.json$/ && !(${IN_VIEW}) && !isInDiffEditor`,
      group: "navigation@1",
    },
    { command: "pushforward.openText", when: IN_VIEW, group: "navigation@1" },
    {
      command: "pushforward.train",
      when: `(${ON_FLOW}) && ${MAY_TRAIN} && !pushforward.training && !isInDiffEditor`,
      group: "navigation@2",
    },
    { command: "pushforward.pause", when: `(${ON_FLOW}) && pushforward.training && !isInDiffEditor`, group: "navigation@2" },
    { command: "pushforward.showInspector", when: IN_VIEW, group: "2_flow@1" },
    { command: "pushforward.pinPoint", when: IN_VIEW, group: "2_flow@2" },
    { command: "pushforward.exportPicture", when: IN_VIEW, group: "3_export@1" },
    { command: "pushforward.exportData", when: IN_VIEW, group: "3_export@2" },
  ],
  "view/title": [{ command: "pushforward.pinPoint", when: `view == ${INSPECTOR_TYPE}`, group: "navigation@1" }],
  "explorer/context": [
    { command: "pushforward.openView", when: "resourceFilename =~ /\\.flow\\.json$/", group: "navigation@9" },
    { command: "pushforward.newFlow", when: "resourceFilename =~ /\\.(csv|tsv)$/i || explorerResourceIsFolder", group: "2_workspace@9" },
  ],
  "file/newFile": [{ command: "pushforward.newFlow" }],
};

const commandIds = Object.keys(commandTable) as CommandId[];

function contributes(): object {
  return {
    languages: [{ id: "jsonc", filenamePatterns: [FILE_PATTERN] }],
    jsonValidation: [{ fileMatch: FILE_PATTERN, url: "./media/flow.schema.json" }],
    customEditors: [{ viewType: VIEW_TYPE, displayName: "Flow View", selector: [{ filenamePattern: FILE_PATTERN }], priority: "option" }],
    viewsContainers: { activitybar: [{ id: "pushforward", title: "Flow", icon: "media/flow.svg" }] },
    views: { pushforward: [{ type: "webview", id: INSPECTOR_TYPE, name: "Trajectory Inspector", icon: "media/flow.svg" }] },
    commands: commandIds.map((command) => {
      const { title, icon, enablement } = commandTable[command];
      return { command, title, category: "Flow", ...(icon ? { icon } : {}), ...(enablement ? { enablement } : {}) };
    }),
    menus: {
      ...menus,
      commandPalette: commandIds.flatMap((command) => {
        const when = commandTable[command].palette;
        return when ? [{ command, when }] : [];
      }),
    },
    keybindings: [
      { command: "pushforward.train", key: "ctrl+enter", mac: "cmd+enter", when: `${IN_VIEW} && !pushforward.training` },
      { command: "pushforward.pause", key: "ctrl+enter", mac: "cmd+enter", when: `${IN_VIEW} && pushforward.training` },
    ],
    configuration: {
      title: "Pushforward",
      properties: Object.fromEntries(Object.entries(settingTable).map(([key, entry]) => [`pushforward.${key}`, entry])),
    },
    colors: COLORS,
  };
}

/** The other keys of package.json that describe the extension to VS Code. */
export function manifest(): object {
  return {
    icon: "media/icon.png",
    categories: ["Visualization", "Machine Learning", "Education", "Data Science"],
    keywords: ["normalizing flows", "density estimation", "tensorflow.js", "visualization", "neural spline flow"],
    extensionKind: ["workspace"],
    activationEvents: ["onLanguage:jsonc"],
    capabilities: {
      untrustedWorkspaces: {
        supported: "limited",
        description: "In Restricted Mode definitions are checked and drawn; training and exporting need trust.",
        restrictedConfigurations: ["pushforward.memoryLimit"],
      },
      virtualWorkspaces: {
        supported: "limited",
        description: "Definitions are checked, drawn and trained; data files beside them can be read only from a local or remote disk.",
      },
    },
    contributes: contributes(),
  };
}
