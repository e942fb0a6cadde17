/**
 * Columns of points, taken and put back by products with zeros and ones: gather has no gradient on wasm, slices and concatenations there
 * are slower. Each way is the gradient of the other, and written as such: tfjs's own would be a slow product with a transposed factor.
 */
import type { Points } from "./shapes";
import { tf } from "./tf";

/** The listed columns of points [n, d], as [n, list.length]. */
export function take(points: Points, list: readonly number[], d: number): Points {
  const operation = tf.customGrad((all) => ({ value: taken(all as Points, list, d), gradFunc: (part) => placed(part as Points, list, d) }));
  return operation(points) as Points;
}

/** Two parts [n, list.length] with the lists of their columns, together all d, as [n, d]. */
export function join(one: Part, other: Part, d: number): Points {
  const operation = tf.customGrad((a, b) => ({
    value: placed(a as Points, one[1], d).add(placed(b as Points, other[1], d)),
    gradFunc: (all) => [taken(all as Points, one[1], d), taken(all as Points, other[1], d)],
  }));
  return operation(one[0], other[0]) as Points;
}
type Part = readonly [Points, readonly number[]];

function taken(all: Points, list: readonly number[], d: number): Points {
  const cells = new Float32Array(d * list.length);
  list.forEach((from, to) => {
    cells[from * list.length + to] = 1;
  });
  return tf.matMul(all, tf.tensor2d(cells, [d, list.length]));
}

function placed(part: Points, list: readonly number[], d: number): Points {
  const cells = new Float32Array(list.length * d);
  list.forEach((to, from) => {
    cells[from * d + to] = 1;
  });
  return tf.matMul(part, tf.tensor2d(cells, [list.length, d]));
}
