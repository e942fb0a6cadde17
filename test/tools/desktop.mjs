/** The desktop VS Code, where this computer can show one and its download is in reach. */
import { downloadAndUnzipVSCode } from "@vscode/test-electron";
import { downloads } from "./downloads.mjs";

/** Whether a window can be shown. */
export function hasDisplay() {
  const { DISPLAY, WAYLAND_DISPLAY } = process.env;
  return process.platform !== "linux" || Boolean(DISPLAY || WAYLAND_DISPLAY);
}

/**
 * Resolves with the program, downloaded once; without `required`, with undefined where there can be none, and `log` says why.
 *
 * @param {{ required?: boolean, log?: (message: string) => void }} [options]
 * @returns {Promise<string | undefined>}
 */
export async function desktopVSCode({ required = false, log = console.log } = {}) {
  /** @type {(why: string) => undefined} */
  const cannot = (why) => {
    if (required) throw new Error(`Desktop VS Code: ${why}`);
    log(`Desktop VS Code: ${why} Going on with the VS Code server.`);
  };
  if (!hasDisplay()) return cannot("there is no display (DISPLAY is not set; `xvfb-run -a` gives one).");
  try {
    return await downloadAndUnzipVSCode({ cachePath: downloads, reporter: reportTo(log) });
  } catch (error) {
    return cannot(`it could not be downloaded (${error.message || error.code}).`);
  }
}

/**
 * Tells of each stage once. The package's own reporter is not used: in a terminal it is a spinner, which goes on spinning over our own
 * lines after a download has failed.
 *
 * @returns {import("@vscode/test-electron").ProgressReporter}
 */
function reportTo(/** @type {(message: string) => void} */ log) {
  /** @type {Record<string, string>} */
  const texts = { downloading: "downloading (100 MB or more, once) …", retrying: "the download failed, trying again …" };
  let told = "";
  return {
    report({ stage }) {
      if (stage !== told && texts[stage]) log(`Desktop VS Code: ${texts[stage]}`);
      told = stage;
    },
    error(error) {
      log(`Desktop VS Code: ${error instanceof Error ? error.message : String(error)}`);
    },
  };
}
