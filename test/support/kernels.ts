import { useKernels } from "../../src/flows/kernels-setting";

/** A group of tests in which everything goes through plain tensor operations. */
export function withoutKernels(name: string, define: () => void): void {
  describe(`${name}, without kernels`, () => {
    before(() => useKernels(false));
    after(() => useKernels(true));
    define();
  });
}

/** Whether a fused kernel stands for a layer or transform: the spline's, so far. */
export function hasKernel({ type, config }: { readonly type: string; readonly config: Readonly<Record<string, unknown>> }): boolean {
  return type === "rqs" || (config.transform as { type: string } | undefined)?.type === "rqs";
}

/** What `compute` gives with fused kernels, and what it gives without. */
export function bothWays<T>(compute: () => T): { fused: T; plain: T } {
  const fused = compute();
  useKernels(false);
  try {
    return { fused, plain: compute() };
  } finally {
    useKernels(true);
  }
}
