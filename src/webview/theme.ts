/** VS Code's theme as plain colours: for canvases, which do not see CSS variables, and for the few mixtures that CSS cannot decide. */
export interface Theme {
  readonly isDark: boolean;
  readonly isHighContrast: boolean;
  readonly page: string;
  readonly foreground: string;
  readonly label: string;
  readonly key: string;
  readonly hairline: string;
  /** Edge of a picture: the hairline, in high contrast the contrast border. */
  readonly edge: string;
  readonly accent: string;
  /** Expands, log-det > 0. */
  readonly positive: string;
  /** Contracts, log-det < 0. */
  readonly negative: string;
  readonly red: string;
  readonly blue: string;
  readonly green: string;
  readonly yellow: string;
  readonly warning: string;
  readonly error: string;
  /** Data points and iso-lines. */
  readonly ink: string;
  readonly fontFamily: string;
}

type Rgb = readonly [number, number, number];

const LABEL_MIX = 0.78; // labels are the text mixed with the page where a theme gives both one colour
const KEY_MIX = 0.8; // key numbers are the text mixed with pure contrast
const READABLE = 4.5; // WCAG AA for text

export function readTheme(): Theme {
  const kind = document.body.dataset.vscodeThemeKind ?? "vscode-dark";
  const isDark = !kind.endsWith("light"); // HC light carries both high-contrast classes, so the ending decides
  const isHighContrast = kind.startsWith("vscode-high-contrast");
  const style = getComputedStyle(document.documentElement);
  const color = (name: string, fallback: string) => style.getPropertyValue(`--vscode-${name}`).trim() || fallback;

  const page = color("editor-background", isHighContrast ? (isDark ? "#000000" : "#FFFFFF") : isDark ? "#1F1F1F" : "#FFFFFF");
  const foreground = color("foreground", isDark ? "#CCCCCC" : "#3B3B3B");
  const hairline = color("editorGroup-border", isDark ? "#2B2B2B" : "#E5E5E5");
  const edge = isHighContrast ? color("contrastBorder", isDark ? "#6FC3DF" : "#0F4A85") : hairline;
  return {
    isDark,
    isHighContrast,
    page,
    foreground,
    label: labelColor(color("descriptionForeground", foreground), foreground, page),
    key: mix(foreground, isDark ? "#FFFFFF" : "#000000", KEY_MIX),
    hairline: isHighContrast ? edge : hairline,
    edge,
    accent: color("focusBorder", isDark ? "#0078D4" : "#005FB8"),
    positive: color("pushforward-positiveLogDet", isHighContrast && isDark ? "#FDB863" : isDark ? "#F1A340" : "#B35806"),
    negative: color("pushforward-negativeLogDet", isHighContrast && isDark ? "#B2ABD2" : isDark ? "#998EC3" : "#6A51A3"),
    red: color("charts-red", isDark ? "#F14C4C" : "#E51400"),
    blue: color("charts-blue", isDark ? "#3794FF" : "#1A85FF"),
    green: color("charts-green", isDark ? "#89D185" : "#388A34"),
    yellow: color("charts-yellow", isDark ? "#CCA700" : "#BF8803"),
    warning: color("editorWarning-foreground", isDark ? "#CCA700" : "#BF8803"),
    error: color("errorForeground", isDark ? "#F85149" : "#C72E0F"),
    ink: isDark ? "#FFFFFF" : "#1F1F1F",
    fontFamily: color("font-family", "system-ui, sans-serif"),
  };
}

/** Writes the mixed colours onto `root` for the style sheets, now and after every change of theme; the returned function stops it. */
export function watchTheme(root: HTMLElement, onChange: (theme: Theme) => void): () => void {
  const apply = () => {
    const theme = readTheme();
    root.style.setProperty("--pf-label", theme.label);
    root.style.setProperty("--pf-key", theme.key);
    root.style.setProperty("--pf-hairline", theme.hairline);
    root.style.setProperty("--pf-edge", theme.edge);
    root.style.setProperty("--pf-positive", theme.positive);
    root.style.setProperty("--pf-negative", theme.negative);
    onChange(theme);
  };
  const observer = new MutationObserver(apply);
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ["style", "class"] });
  observer.observe(document.body, { attributes: true, attributeFilter: ["class", "data-vscode-theme-kind", "data-vscode-theme-id"] });
  apply();
  return () => observer.disconnect();
}

function labelColor(description: string, foreground: string, page: string): string {
  if (description.toLowerCase() !== foreground.toLowerCase()) return description;
  const mixed = mix(foreground, page, LABEL_MIX);
  return contrast(mixed, page) >= READABLE ? mixed : foreground;
}

/** `share` of the first colour and the rest of the second; the first where one of them cannot be read. */
export function mix(first: string, second: string, share: number): string {
  const a = rgb(first);
  const b = rgb(second);
  if (!a || !b) return first;
  return `rgb(${a.map((value, i) => Math.round(share * value + (1 - share) * (b[i] ?? 0))).join(", ")})`;
}

/** The same colour with an opacity of 0…1. */
export function faded(color: string, opacity: number): string {
  const values = rgb(color);
  return values ? `rgba(${values.join(", ")}, ${opacity})` : color;
}

/** Reads "#rgb", "#rrggbb", "#rrggbbaa", "rgb(…)" and "rgba(…)"; alpha is dropped. */
export function rgb(color: string): Rgb | null {
  const hex = /^#([0-9a-f]{3,8})$/i.exec(color)?.[1];
  if (hex) {
    const wide = hex.length < 6 ? [...hex].map((digit) => digit + digit).join("") : hex;
    return [0, 2, 4].map((at) => Number.parseInt(wide.slice(at, at + 2), 16)) as unknown as Rgb;
  }
  const numbers = /^rgba?\(([^)]*)\)/i.exec(color)?.[1]?.match(/[\d.]+/g);
  return numbers && numbers.length >= 3 ? (numbers.slice(0, 3).map(Number) as unknown as Rgb) : null;
}

function contrast(first: string, second: string): number {
  const [dark = 0, light = 0] = [luminance(first), luminance(second)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

function luminance(color: string): number {
  const linear = (rgb(color) ?? [0, 0, 0]).map((value) => {
    const s = value / 255;
    return s <= 0.03928 ? s / 12.92 : ((s + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * (linear[0] ?? 0) + 0.7152 * (linear[1] ?? 0) + 0.0722 * (linear[2] ?? 0);
}
