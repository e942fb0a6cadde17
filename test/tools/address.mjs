/** The address at which a VS Code server shows its workbench, with what it opens written into it. */
import path from "node:path";
import { pathToFileURL } from "node:url";

/**
 * @param {{ host: string, token: string }} server
 * @param {{ folder?: string, extension?: string, testsPath?: string, openFile?: string }} what
 *   `folder` may be a .code-workspace file; `extension` is a folder to load as under development, `testsPath` a module whose `run()`
 *   the extension host calls.
 */
export function workbenchAddress({ host, token }, { folder, extension, testsPath, openFile }) {
  const remote = (/** @type {string} */ file) => `vscode-remote://${host}${pathToFileURL(path.resolve(file)).pathname}`;
  const payload = [
    ...(extension ? [["extensionDevelopmentPath", remote(extension)]] : []),
    ...(testsPath ? [["extensionTestsPath", remote(testsPath)]] : []),
    ...(openFile ? [["openFile", remote(openFile)]] : []),
  ];
  const query = new URLSearchParams({ tkn: token });
  if (folder) query.set(folder.endsWith(".code-workspace") ? "workspace" : "folder", serverPath(folder));
  else query.set("ew", "true"); // an empty window
  if (payload.length > 0) query.set("payload", JSON.stringify(payload));
  return `http://${host}/?${query}`;
}

/** The server writes paths with slashes, and Windows drives as /c:/. */
function serverPath(/** @type {string} */ file) {
  return decodeURIComponent(pathToFileURL(path.resolve(file)).pathname);
}
