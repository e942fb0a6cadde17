/** What the host calls; see step.ts and walk.ts. The first lines tell it how much room things take. */
export { baseScratchRows } from "./bases";
export { mlpScratch, mlpTape } from "./mlp";
export { planarSaved } from "./planar";
export { rqsSaved } from "./rational-quadratic";
export { rotationScratch } from "./rotation";
export { clear, gradientNorm, prepare, reduce, update } from "./step";
export { likelihood, pullback, walk } from "./walk";
