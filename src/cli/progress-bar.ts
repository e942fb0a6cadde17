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
    const left = stepsPerSecond ? Math.ceil((steps - step) / stepsPerSecond) : null;
    const words = [
      `step ${step.toLocaleString("en")} of ${steps.toLocaleString("en")}`,
      validation !== null ? `validation NLL ${validation.toFixed(4)}` : nll !== null ? `NLL ${nll.toFixed(4)}` : "",
      stepsPerSecond ? `${stepsPerSecond.toFixed(0)} steps/s` : "",
      left ? `${left} s left` : "",
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
