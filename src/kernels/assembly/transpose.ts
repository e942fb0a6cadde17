/** Transposes a matrix of float32 in blocks of 4 × 4. */

/** to[j][i] = from[i][j] for `rows` × `columns` numbers; strides are bytes from one row to the next, in `from` and in `to`. */
export function transpose(from: usize, rows: i32, columns: i32, fromStride: usize, to: usize, toStride: usize): void {
  const wholeRows = rows & ~3;
  const wholeColumns = columns & ~3;
  for (let i = 0; i < wholeRows; i += 4) {
    let source = from + <usize>i * fromStride;
    let target = to + <usize>(i << 2);
    for (let j = 0; j < wholeColumns; j += 4) {
      block(source, fromStride, target, toStride);
      source += 16;
      target += toStride << 2;
    }
  }
  for (let i = 0; i < rows; i++) {
    for (let j = i < wholeRows ? wholeColumns : 0; j < columns; j++) {
      store<f32>(to + <usize>j * toStride + <usize>(i << 2), load<f32>(from + <usize>i * fromStride + <usize>(j << 2)));
    }
  }
}

// @ts-expect-error: decorator
@inline
function block(from: usize, fromStride: usize, to: usize, toStride: usize): void {
  const a = v128.load(from);
  const b = v128.load(from + fromStride);
  const c = v128.load(from + 2 * fromStride);
  const d = v128.load(from + 3 * fromStride);
  v128.store(to, turned(a, b, c, d, 0));
  v128.store(to + toStride, turned(a, b, c, d, 1));
  v128.store(to + 2 * toStride, turned(a, b, c, d, 2));
  v128.store(to + 3 * toStride, turned(a, b, c, d, 3));
}

/** Column `column` (a constant) of the block with rows a, b, c, d. */
// @ts-expect-error: decorator
@inline
export function turned(a: v128, b: v128, c: v128, d: v128, column: i32): v128 {
  if (column == 0) return i64x2.shuffle(i32x4.shuffle(a, b, 0, 4, 1, 5), i32x4.shuffle(c, d, 0, 4, 1, 5), 0, 2);
  if (column == 1) return i64x2.shuffle(i32x4.shuffle(a, b, 0, 4, 1, 5), i32x4.shuffle(c, d, 0, 4, 1, 5), 1, 3);
  if (column == 2) return i64x2.shuffle(i32x4.shuffle(a, b, 2, 6, 3, 7), i32x4.shuffle(c, d, 2, 6, 3, 7), 0, 2);
  return i64x2.shuffle(i32x4.shuffle(a, b, 2, 6, 3, 7), i32x4.shuffle(c, d, 2, 6, 3, 7), 1, 3);
}
