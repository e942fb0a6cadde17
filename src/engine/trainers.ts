/** Threads for training. The first one starts with the engine, so that Train does not wait for it; later ones start when they are wanted. */
import { startThread, type Thread } from "./thread";

type Death = (reason: string) => void;

export class Trainers {
  private spare: Promise<Thread> | null;
  private onSpareDeath: Death = () => {
    this.spare = null; // nobody has it yet, so nothing is lost
  };

  constructor(
    private readonly folder: string,
    private readonly warn: (text: string) => void,
  ) {
    this.spare = startThread(folder, (reason) => this.onSpareDeath(reason), warn);
    this.spare.catch(() => {}); // who takes it is told
  }

  start(onDeath: Death): Promise<Thread> {
    const { spare } = this;
    if (!spare) return startThread(this.folder, onDeath, this.warn);
    this.spare = null;
    this.onSpareDeath = onDeath;
    return spare;
  }
}
