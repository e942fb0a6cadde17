/**
 * The records through which the host tells the kernels what to do: arrays of 4-byte words in the shared memory, written by the host and
 * read by field. This file is compiled twice, by asc into the kernels and by tsc into the host, so that both agree.
 * Addresses are bytes from the start of the memory; parameter offsets count floats from the start of the parameters.
 */

/** A flow and all memory that belongs to it. */
export enum Plan {
  Dim,
  Layers,
  /** Address of K {@link Layer} records, one after the other. */
  LayerTable,
  Parameters,
  /** The gradient of the whole step, as long as the parameters. */
  Gradient,
  /** Gradients of each thread, and bytes from one to the next. */
  ThreadGradients,
  ThreadGradientStride,
  FirstMoment,
  SecondMoment,
  /** 0: no averaging. */
  Average,
  ParameterCount,
  /** Rows that each thread keeps of a chunk for its backward pass, and bytes from one thread to the next. */
  Tape,
  TapeStride,
  /** Rows for intermediate results of one layer. */
  Scratch,
  ScratchStride,
  /** Base distribution: settings (see bases.ts), parameters, whether they are learned. */
  BaseSettings,
  BaseOffset,
  BaseCount,
  BaseTrainable,
  /** Float64, one for each chunk: sums of −log p, nats. */
  ChunkLosses,
  /** Float64, one for each layer and then the base: squared length of its part of the gradient. */
  SquaredNorms,
  /** An {@link Update} record. */
  Update,
  /** A {@link Question} record. */
  Question,
  Size,
}

/** One layer of the chain. Row offsets count bytes from the layer's place on the tape. */
export enum Layer {
  Kind,
  /** Whether the step towards the base is the inverse of the layer's own map. */
  InverseToBase,
  Offset,
  Count,
  Trainable,
  /** The part of the layer's gradient that threads accumulate sample by sample: the rest comes from tables. */
  SummedOffset,
  SummedCount,
  TapeOffset,
  /** Rows of: kept coordinates, points that are mapped, their images, raw numbers, what the map itself saves, the net's own. */
  KeptRow,
  PointsRow,
  ImageRow,
  RawRow,
  SavedRow,
  NetRow,
  /** Coupling: indices (i32) of kept and changed coordinates. */
  KeptCount,
  Kept,
  ChangedCount,
  Changed,
  Transform,
  TransformSettings,
  RawCount,
  /** A dense net (see mlp.ts) or, where not 0, a {@link Table}. */
  Net,
  Table,
  /** Rotation: matrix, and the sums of its gradient, one for each thread. */
  Matrix,
  MatrixGradients,
  MatrixStride,
  PrepareScratch,
  /** Permutation: indices (i32). */
  Order,
  Size,
}

export enum Kind {
  Coupling,
  Elementwise,
  Rotation,
  Permute,
  Planar,
}

export enum TransformKind {
  Additive,
  Affine,
  RationalQuadratic,
}

/** A network of one number as a table of straight pieces, see tables.ts. `H1` and `H2` are its widths; H2 is 0 with one hidden layer. */
export enum Table {
  H1,
  H2,
  Outputs,
  /** Float32: slope of the activation below 0. */
  Leak,
  Weight1,
  Bias1,
  Weight2,
  Bias2,
  Weight3,
  Bias3,
  /** Most pieces that there is room for; pieces and segments that there are. */
  Capacity,
  Pieces,
  Segments,
  /** Float32 for each piece: where it starts, and where its segment is anchored. */
  Starts,
  Anchors,
  /** For each piece slopes [P] and values at the anchor [P], P = outputs rounded up to a multiple of 4. */
  Rows,
  /** For each thread and piece the sums of gradients [P] and of gradients times distance to the anchor [P]. */
  Sums,
  SumsStride,
  /** For each segment, slopes and values at the anchor of the second hidden layer, [segments][H2 rounded up]. */
  Slopes,
  Values,
  /** Likewise the slopes of the second layer's activations at the left end. */
  Active,
  /** i32 [H1]: units by rank of their breakpoints; float32 [H1]: the breakpoints in that order. */
  Order,
  Breakpoints,
  /** i32 for each segment and one more: its first piece. i32 for each piece: the unit of layer 2 that flips where it starts, or −1. */
  FirstPieces,
  Flips,
  /** Weights once more, rounded up with zeros: layer 2 transposed [H1][H2], layer 3 [outputs][H2]. */
  Columns2,
  Rows3,
  /** Gradients of the second layer's sums for each segment: by value and by slope. */
  ByValues,
  BySlopes,
  Scratch,
  /** i32 [BUCKETS]: the last piece that starts before a bucket; and float32: left edge of the first bucket, buckets per unit. */
  Buckets,
  BucketsFrom,
  BucketsScale,
  /** Largest power of 2 that is not more than the pieces that start in one bucket, 0 if none do: first step of the search in it. */
  FirstHalf,
  Size,
}

/** What one optimizer step needs besides the gradient; float64. */
export enum Update {
  Rate,
  Correction1,
  Correction2,
  ClipNorm,
  WeightDecay,
  /** Share that the average keeps. */
  Keep,
  Size,
}

/** What is asked of the flow: a walk of `Count` points from stage `From` to stage `To`. Addresses of 0: not wanted. */
export enum Question {
  Count,
  From,
  To,
  /** Float32 [n · d]. */
  Points,
  /** Float32 [(stages) · n · d], from `From` on, and [(stages − 1) · n], log-dets of the maps as they are walked. */
  Stages,
  LogDets,
  /** Float32 [n]: log-det of the whole walk; with `Base` also log p₀ at its end. */
  Total,
  Base,
  /** Cotangents of the last stage [n · d] and of the log-det [n], and the room for that of the first stage [n · d]. */
  ByLast,
  ByTotal,
  ByFirst,
  /** Whether threads accumulate the parameters' gradient. */
  Learn,
  Size,
}

/** Buckets of a table's look-up. */
export const BUCKETS = 256;
