/** Whether the reader asked for less motion, of the system or of VS Code. */

/** Calls `onChange` after every change; the returned function reads the present answer. */
export function watchReducedMotion(onChange: () => void): () => boolean {
  const system = window.matchMedia("(prefers-reduced-motion: reduce)");
  system.addEventListener("change", onChange);
  new MutationObserver(onChange).observe(document.body, { attributes: true, attributeFilter: ["class"] });
  return () => system.matches || document.body.classList.contains("vscode-reduce-motion");
}
