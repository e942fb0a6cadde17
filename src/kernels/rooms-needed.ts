/** Asks the kernels how many rows they need; they say it themselves, so that it is written down once. */
import { instantiate } from "./module";
import { BASES, type BaseProgram, type NetProgram } from "./program";
import { writeNet } from "./records";

/** Rows of a chunk (128 numbers each) or bytes that layers keep for their backward pass or work in. */
export interface RoomsNeeded {
  mlpTape(net: NetProgram): number;
  mlpScratch(net: NetProgram): number;
  rqs(bins: number): number;
  planar(): number;
  base(base: BaseProgram): number;
  rotationBytes(d: number): number;
}

/** Past the kernels' own constants, in the only page of a memory that serves no other purpose. */
const RECORD = 32_768;

export function roomsNeeded(module: WebAssembly.Module): RoomsNeeded {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
  const words = new Int32Array(memory.buffer);
  const kernels = instantiate(module, memory);
  const written = (net: NetProgram) => {
    writeNet(net, RECORD, (address, value) => {
      words[address / 4] = value;
    });
    return RECORD;
  };
  return {
    mlpTape: (net) => kernels.mlpTape(written(net)),
    mlpScratch: (net) => kernels.mlpScratch(written(net)),
    rqs: (bins) => kernels.rqsSaved(bins),
    planar: () => kernels.planarSaved(),
    base({ kind, components }) {
      words[RECORD / 4] = BASES.indexOf(kind);
      words[RECORD / 4 + 1] = components;
      return kernels.baseScratchRows(RECORD);
    },
    rotationBytes: (d) => 4 * kernels.rotationScratch(d),
  };
}
