/** Width of a line of text in the page's font, in pixels: decides which of two labels fits. */

let context: CanvasRenderingContext2D | null = null;
let family = "";

export function textWidth(text: string, size: number, weight = 400): number {
  context ??= document.createElement("canvas").getContext("2d");
  family ||= getComputedStyle(document.body).fontFamily;
  if (context === null) return text.length * size * 0.6; // no canvas at all: about the width of a digit
  const font = `${weight} ${size}px ${family}`;
  if (context.font !== font) context.font = font;
  return context.measureText(text).width;
}

/** The first of the texts that fits into the width; else the last, cut. */
export function fitting(texts: readonly string[], width: number, size: number): string {
  for (const text of texts) if (textWidth(text, size) <= width) return text;
  let text = texts[texts.length - 1] ?? "";
  while (text.length > 1 && textWidth(`${text}…`, size) > width) text = text.slice(0, -1);
  return `${text.trimEnd()}…`;
}
