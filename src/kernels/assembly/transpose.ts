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
  const ab = i32x4.shuffle(a, b, 0, 4, 1, 5);
  const cd = i32x4.shuffle(c, d, 0, 4, 1, 5);
  const ab2 = i32x4.shuffle(a, b, 2, 6, 3, 7);
  const cd2 = i32x4.shuffle(c, d, 2, 6, 3, 7);
  v128.store(to, i64x2.shuffle(ab, cd, 0, 2));
  v128.store(to + toStride, i64x2.shuffle(ab, cd, 1, 3));
  v128.store(to + 2 * toStride, i64x2.shuffle(ab2, cd2, 0, 2));
  v128.store(to + 3 * toStride, i64x2.shuffle(ab2, cd2, 1, 3));
}
