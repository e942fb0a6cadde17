/** The part of test/tools, which is plain JavaScript, that these suites use. */
declare module "*/tools/workbench.mjs" {
  import type { Frame, Page } from "playwright-core";

  export interface Workbench {
    readonly page: Page;
    readonly logs: readonly string[];
    /** Of the server, whose process group has all that it started. */
    readonly pid: number;
    close(): Promise<void>;
    waitForExtension(label: string): Promise<void>;
    openFile(name: string): Promise<void>;
    runCommand(title: string): Promise<void>;
    webviewFrame(sought: string | (() => boolean), limits?: { readonly timeout?: number }): Promise<Frame>;
  }

  export function openWorkbench(options: {
    readonly folder: string;
    readonly extension: string;
    readonly settings?: Readonly<Record<string, unknown>>;
    readonly viewport?: { readonly width: number; readonly height: number };
    readonly log?: (message: string) => void;
  }): Promise<Workbench>;
}
