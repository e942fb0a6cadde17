/** The promise of the design in its own words (N1): every layer, 20 draws of parameters, 256 points near the data, absolute tolerances. */
import { useBackend } from "../support/backend";
import { layerCases, Parameters, pointsOf } from "../support/cases";
import { assertClose, assertLogDetIsThatOfTheJacobian, run } from "../support/laws";
import { PROMISED_LOG_DET, PROMISED_ROUND_TRIP } from "../support/tolerances";

const DRAWS = 20;
const POINTS = 256;
/** Parameters of this spread bend space visibly, but no slope is so small that float32 cannot find the way back. */
const SPREAD = 0.3;

describe("the promise for every layer", () => {
  before(() => useBackend("wasm"));

  for (const layer of layerCases)
    it(`${layer.name}: there and back within 1e-4, log-dets that cancel and that are those of the Jacobian within 1e-3`, () => {
      const { d } = layer.context;
      for (let draw = 0; draw < DRAWS; draw++) {
        const parameters = new Parameters(layer, 100 + draw, SPREAD);
        const points = pointsOf(d, POINTS, "promise", draw).map((value) => Math.max(-3, Math.min(3, value)));
        const there = run((z) => parameters.map("forward", z), points, d);
        const back = run((y) => parameters.map("inverse", y), there.points, d);
        assertClose(back.points, points, PROMISED_ROUND_TRIP, `draw ${draw}, there and back`);
        const minus = back.logDet.map((value) => -value);
        assertClose(minus, there.logDet, PROMISED_LOG_DET, `draw ${draw}, minus the log-det of the way back`);
        assertLogDetIsThatOfTheJacobian((z) => parameters.map("forward", z), points, d, PROMISED_LOG_DET);
      }
    });
});
