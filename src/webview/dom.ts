/** Elements without markup strings: text is always text, whatever a name or a path contains. */
type Child = Node | string | null;

export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  className: string,
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  if (className) element.className = className;
  for (const child of children) if (child !== null) element.append(child);
  return element;
}

/** A codicon; decoration only, so the element around it needs a name. */
export function icon(name: string): HTMLSpanElement {
  const element = make("span", `codicon codicon-${name}`);
  element.setAttribute("aria-hidden", "true");
  return element;
}

export function button(className: string, title: string, onClick: () => void, ...children: readonly Child[]): HTMLButtonElement {
  const element = make("button", className, ...children);
  element.type = "button";
  element.title = title;
  if (!element.textContent) element.setAttribute("aria-label", title);
  element.addEventListener("click", onClick);
  return element;
}

/** Text with Unicode subscripts as nodes: math fonts often draw those digits on the line. */
export function withSubscripts(text: string): Node[] {
  return text.split(/([₀-₉]+)/).map((part, i) => {
    if (i % 2 === 0) return document.createTextNode(part);
    return make("sub", "", part.normalize("NFKC"));
  });
}

/** Sets text only where it differs, so that live numbers do not disturb a selection or a screen reader. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

export function setClass(element: Element, name: string, on: boolean): void {
  element.classList.toggle(name, on);
}
