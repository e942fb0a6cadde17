/** Reading the records of layout.ts. */

// @ts-expect-error: decorator
@inline
export function word(record: usize, field: i32): i32 {
  return load<i32>(record + (<usize>field << 2));
}

// @ts-expect-error: decorator
@inline
export function address(record: usize, field: i32): usize {
  return <usize>load<u32>(record + (<usize>field << 2));
}

// @ts-expect-error: decorator
@inline
export function setWord(record: usize, field: i32, value: i32): void {
  store<i32>(record + (<usize>field << 2), value);
}

// @ts-expect-error: decorator
@inline
export function number(record: usize, field: i32): f32 {
  return load<f32>(record + (<usize>field << 2));
}

// @ts-expect-error: decorator
@inline
export function setNumber(record: usize, field: i32, value: f32): void {
  store<f32>(record + (<usize>field << 2), value);
}

/** Rounded up to a multiple of 4. */
// @ts-expect-error: decorator
@inline
export function whole(n: i32): i32 {
  return (n + 3) & ~3;
}
