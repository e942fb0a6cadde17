import type { RunState } from "../protocol/model";

const WIDTH = 28;
/** Without a terminal a line is written each time another tenth is done. */
const PLAIN_LINES = 10;

/** Progress on standard error: a moving bar on a terminal, a few plain lines elsewhere. */
export class ProgressBar {
  private lastTenth = -1;

  constructor(private readonly out: NodeJS.WriteStream) {}

  show({ step, steps, nll, validation, stepsPerSecond }: RunState): void {
    const share = Math.min(1, step / steps);
    const words = [
      `step ${step.toLocaleString("en")} of ${steps.toLocaleString("en")}`,
      validation !== null ? `validation NLL ${validation.toFixed(4)}` : nll !== null ? `NLL ${nll.toFixed(4)}` : "",
      stepsPerSecond ? `${stepsPerSecond.toLocaleString("en", { maximumSignificantDigits: 2 })} steps/s` : "",
      stepsPerSecond && step < steps ? `${duration((steps - step) / stepsPerSecond)} left` : "",
    ].filter((word) => word !== "");
    if (this.out.isTTY) {
      const filled = Math.round(share * WIDTH);
      this.out.write(`\r\u001b[2K[${"█".repeat(filled)}${"░".repeat(WIDTH - filled)}] ${words.join("  ")}`);
      return;
    }
    const tenth = Math.floor(share * PLAIN_LINES);
    if (tenth === this.lastTenth) return;
    this.lastTenth = tenth;
    this.out.write(`${words.join(", ")}\n`);
  }

  end(): void {
    if (this.out.isTTY) this.out.write("\n");
  }
}

/** "45 s", "3 min", "1 h 20 min". */
export function duration(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
