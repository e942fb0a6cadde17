/** Whether the fused kernels do what they can, or everything goes through plain tensor operations, which give the same result. */
let on = true;

export function useKernels(wanted: boolean): void {
  on = wanted;
}

export function kernelsAreOn(): boolean {
  return on;
}
