/** The training curve as a table, for readers who do not see the chart. */
import type { Progress } from "../../protocol/model";
import { make } from "../dom";
import { integer, level, sized } from "../format";
import { thinned } from "./training-series";

const ROWS = 24; // a longer table takes more time to hear than it is worth
const INTERVAL = 2000; // ms; while training, a faster table only disturbs the reader

const HEAD = ["step", "training NLL", "lowest", "highest", "validation NLL", "learning rate", "gradient norm"];

export function createTrainingTable(): { readonly element: HTMLElement; fill(history: readonly Progress[]): void } {
  const body = make("tbody", "");
  const head = make("thead", "", make("tr", "", ...HEAD.map((text) => make("th", "", text))));
  const table = make("table", "", make("caption", "", "Training, in nats"), head, body);
  const element = make("div", "unseen", table);
  let newest: readonly Progress[] = [];
  let timer: ReturnType<typeof setTimeout> | null = null;
  function write(): void {
    timer = null;
    body.replaceChildren(...thinned(newest, ROWS).map((record) => make("tr", "", ...cells(record).map((text) => make("td", "", text)))));
  }
  return {
    element,
    fill(history) {
      newest = history;
      if (timer === null) timer = setTimeout(write, body.childElementCount === 0 ? 0 : INTERVAL);
    },
  };
}

function cells(record: Progress): readonly string[] {
  const { step, loss, lossLow, lossHigh, validation, learningRate, gradientNorm } = record;
  const losses = [loss, lossLow, lossHigh].map((value) => level(value, 4));
  return [integer(step), ...losses, validation === null ? "" : level(validation, 4), sized(learningRate), sized(gradientNorm)];
}
