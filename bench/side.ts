/** What can be asked of every side of a comparison. */
export interface Side {
  step(steps: number): Promise<unknown>;
  /** log-density on a grid over the {@link WINDOW}. */
  grid(resolution: number): Promise<unknown>;
  /** Points and log-det after every layer, for {@link TRACED} points. */
  trace(): Promise<unknown>;
  /** {@link SAMPLES} points drawn from the model. */
  samples(): Promise<unknown>;
  /** Mean NLL of held-out points, nats. */
  nll(): Promise<number>;
  readonly pid: number | null;
  end(): Promise<void>;
}

export const WINDOW = { low: -4, high: 4 };
export const TRACED = 2048;
export const SAMPLES = 2048;
