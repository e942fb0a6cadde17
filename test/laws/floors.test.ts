/**
 * The floors that NLL is measured against: entropies of the toys by quadrature of densities that were written from the formulas, not from
 * the samplers; and the samplers against those densities.
 */
import assert from "node:assert/strict";
import { Random } from "../../src/flows/random";
import { toyByType, toys } from "../../src/flows/targets";
import { drawMany, type TargetDefinition } from "../../src/flows/targets/target";
import { rowsOf } from "../support/cases";
import { axesOf, type Density, densities, integrate } from "../support/densities";
import { assertClose } from "../support/laws";
import { mean, standardError } from "../support/numeric";
import { FLOOR, QUADRATURE_MASS, STANDARD_ERRORS } from "../support/tolerances";

const DRAWS = 20_000;
/** Many, so that a noise or a share that is wrong by three parts in a hundred is seen. */
const COUNTED = 200_000;
/** The densities of these take long to evaluate, so fewer of their draws are scored. */
const SLOW = new Set(["pinwheel", "2spirals"]);
const SLOW_DRAWS = 5000;
const PER_SCALE = 2;
const SIDE = 20;

function draws(toy: TargetDefinition, n: number): number[][] {
  return rowsOf(drawMany(toy, toy.config.parse({}) as never, n, new Random("floors", toy.type)), 2);
}

function cellOf([x, y]: readonly number[], { window }: Density): number {
  const part = (value: number, [low, high]: readonly [number, number]) => Math.floor(((value - low) / (high - low)) * SIDE);
  const [i, j] = [part(x as number, window[0]), part(y as number, window[1])];
  return i < 0 || i >= SIDE || j < 0 || j >= SIDE ? SIDE * SIDE : i * SIDE + j;
}

/** Expected share of the draws in each coarse cell of the window, and one for the rest of the plane. */
function shares(density: Density): Float64Array {
  const [xs, ys] = axesOf(density, PER_SCALE, SIDE);
  const values = density.on(xs, ys);
  const cells = new Float64Array(SIDE * SIDE + 1);
  const area = ((xs[1] as number) - (xs[0] as number)) * ((ys[1] as number) - (ys[0] as number));
  xs.forEach((x, i) => {
    ys.forEach((y, j) => {
      const cell = cellOf([x, y], density);
      cells[cell] = (cells[cell] as number) + area * (values[i * ys.length + j] as number);
    });
  });
  return cells;
}

describe("every toy", () => {
  for (const { type } of toys) {
    const toy = toyByType(type) as TargetDefinition;
    const density = densities[type] as Density;
    const config = toy.config.parse({}) as never;

    describe(type, () => {
      it("has a density of total mass 1, whose entropy by quadrature is the floor that the entry states", () => {
        const { mass, entropy } = integrate(density, PER_SCALE);
        assertClose([mass], [1], QUADRATURE_MASS, "mass");
        assertClose([toy.entropy(config) as number], [entropy], FLOOR, "floor");
      });

      it("draws points whose mean −log p under that density is the floor", () => {
        const scores = draws(toy, SLOW.has(type) ? SLOW_DRAWS : DRAWS).map(([x, y]) => -Math.log(density.at(x as number, y as number)));
        const off = Math.abs(mean(scores) - (toy.entropy(config) as number));
        // a density that is flat where it is not 0 scores every draw alike
        assert.ok(off <= STANDARD_ERRORS * standardError(scores) + FLOOR.abs, `off by ${off}, standard error ${standardError(scores)}`);
      });

      it("draws points that fall into the cells of a grid as often as that density says", () => {
        const expected = shares(density);
        const counts = new Float64Array(expected.length);
        for (const point of draws(toy, COUNTED)) {
          const cell = cellOf(point, density);
          counts[cell] = (counts[cell] as number) + 1;
        }
        let [statistic, freedom, restCount, restShare] = [0, -1, 0, 0];
        const add = (count: number, share: number) => {
          statistic += (count - COUNTED * share) ** 2 / (COUNTED * share);
          freedom++;
        };
        expected.forEach((share, cell) => {
          const count = counts[cell] as number;
          if (COUNTED * share >= 10) add(count, share);
          else {
            restCount += count;
            restShare += share;
          }
        });
        if (COUNTED * restShare >= 1) add(restCount, restShare);
        else assert.ok(restCount <= 10, `${restCount} draws where the density has next to no mass`);
        const limit = freedom + STANDARD_ERRORS * Math.sqrt(2 * freedom);
        assert.ok(statistic < limit, `χ² is ${statistic} with ${freedom} degrees of freedom; the limit is ${limit}`);
      });

      it("the same seed draws the same points, another seed draws others", () => {
        const few = (seed: number) => drawMany(toy, config, 5, new Random("same", seed));
        assert.deepEqual(few(1), few(1));
        assert.notDeepEqual(few(1), few(2));
      });
    });
  }

  it("a changed noise makes the floor unknown", () => {
    const moons = toyByType("moons") as TargetDefinition;
    assert.equal(moons.entropy(moons.config.parse({ noise: 0.2 }) as never), null);
  });
});
