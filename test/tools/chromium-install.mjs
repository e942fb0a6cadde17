/** The two ways to get a Chromium where none is installed: Debian's package, and a browser that is shipped through npm. */
import { chmodSync, createReadStream, createWriteStream, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import { createBrotliDecompress } from "node:zlib";
import { onPath, runCommand } from "./command.mjs";
import { downloads, makeWhole } from "./downloads.mjs";
import { unpackNpmPackage } from "./npm-package.mjs";

/** @typedef {(message: string) => void} Log */

const home = path.join(downloads, "chromium");
/** The browser from npm, once `npmChromium` has unpacked it. */
export const unpackedChromium = path.join(home, "chromium.sh");

/** Debian's own package; Ubuntu's package of this name only asks for a snap, which containers do not have. */
export const aptChromium = {
  how: "Debian's package chromium",
  async get(/** @type {Log} */ log) {
    if (process.platform !== "linux" || !/^ID=debian$/m.test(readIfThere("/etc/os-release"))) throw new Error("this is not Debian");
    if (process.getuid?.() !== 0) throw new Error("only root may install it");
    log("Browser: installing Debian's packages chromium and fonts-dejavu-core (about half a minute, once)");
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    const options = ["-o", "DPkg::Lock::Timeout=300", "-o", "Acquire::Retries=2"];
    await runCommand("apt-get", [...options, "update"], { env });
    await runCommand("apt-get", [...options, "install", "-y", "--no-install-recommends", "chromium", "fonts-dejavu-core"], { env });
    const installed = onPath("chromium");
    if (!installed) throw new Error("it was installed, but there is no chromium on the PATH");
    return installed;
  },
};

/** A headless Chromium for Linux on x64, made for servers with nothing installed: it brings its libraries, we add fonts. */
export const npmChromium = {
  how: "the npm package @sparticuz/chromium",
  async get(/** @type {Log} */ log) {
    if (process.platform !== "linux" || process.arch !== "x64")
      throw new Error(`it has no browser for ${process.platform} ${process.arch}`);
    log("Browser: fetching @sparticuz/chromium and dejavu-fonts-ttf from npm (80 MB, once)");
    await makeWhole(home, path.basename(unpackedChromium), assemble);
    return unpackedChromium;
  },
};

/** Unpacks browser, libraries and fonts into `folder`. Nothing of the packages is run: they are only containers. */
async function assemble(/** @type {string} */ folder) {
  const archives = [
    await unpackNpmPackage({
      name: "@sparticuz/chromium",
      version: "153.0.0",
      integrity: "sha512-jiGWqSvPMdu4+P9TilYqAR7yEGPEHINx+lCvE/NqNO/EHYzF/x1hUiI5T6ioVIt7dEy7n88byyT0vk+dnsgQwA==",
      members: ["bin", "LICENSE"],
      into: folder,
    }),
    await unpackNpmPackage({
      name: "dejavu-fonts-ttf",
      version: "2.37.3",
      integrity: "sha512-f1hd7jJbeQa1VWcw+K2KrTXS50zTMaHpVC4XIKJpNcDeYR5ajMtj/iLlQDYNvLOKamUB3ARVVCf79lNwNVztSQ==",
      members: ["ttf"],
      into: folder,
    }),
  ];
  for (const archive of archives) rmSync(archive);

  const bin = path.join(folder, "bin");
  await expand(path.join(bin, "chromium.br"), path.join(folder, "chromium"));
  chmodSync(path.join(folder, "chromium"), 0o755);
  // lib/ has nss, nspr and expat; swiftshader lies beside the browser, which looks for it there
  for (const name of ["al2023.tar", "swiftshader.tar"]) {
    await expand(path.join(bin, `${name}.br`), path.join(bin, name));
    await runCommand("tar", ["-xf", path.join(bin, name), "-C", folder]);
  }
  rmSync(bin, { recursive: true });
  writeFileSync(path.join(folder, "fonts.conf"), fontsConfiguration(path.join(home, "ttf")));
  writeFileSync(path.join(folder, path.basename(unpackedChromium)), STARTER, { mode: 0o755 });
}

async function expand(/** @type {string} */ from, /** @type {string} */ to) {
  await pipeline(createReadStream(from), createBrotliDecompress(), createWriteStream(to));
}

/** A browser that is one path: whoever starts it need not know about its libraries and fonts. */
const STARTER = `#!/bin/sh
here=$(dirname "$(readlink -f "$0")")
export LD_LIBRARY_PATH="$here/lib\${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
export FONTCONFIG_FILE="$here/fonts.conf"
exec "$here/chromium" "$@"
`;

/** What the general names mean; every other name that is not installed means DejaVu Sans, else the workbench would be set in serifs. */
const FONTS = { "sans-serif": "DejaVu Sans", serif: "DejaVu Serif", monospace: "DejaVu Sans Mono" };

function fontsConfiguration(/** @type {string} */ ours) {
  const aliases = Object.entries(FONTS).map(
    ([name, font]) => `  <alias><family>${name}</family><prefer><family>${font}</family></prefer></alias>`,
  );
  return `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${ours}</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir prefix="xdg">fontconfig</cachedir>
${aliases.join("\n")}
  <match><edit name="family" mode="append_last" binding="same"><string>DejaVu Sans</string></edit></match>
</fontconfig>
`;
}

function readIfThere(/** @type {string} */ file) {
  return existsSync(file) ? readFileSync(file, "utf8") : "";
}
