import { z } from "zod";
import type { Entry } from "../entry";

/** Rows kept of a longer file; said in the view. */
const DEFAULT_LIMIT = 200_000;

/** Measurements in a file beside the definition. The rows are read by the engine; this entry only says how. */
export const csv = {
  type: "csv",
  title: "Table in a file",
  summary: "Columns of a CSV or TSV file, one point for each row.",
  formula: "x = (row[column₁], …, row[column_d])",
  reference: { cite: "Shafranovich 2005, RFC 4180", url: "https://www.rfc-editor.org/rfc/rfc4180" },
  config: z.object({
    file: z.string().min(1).max(1024).describe("Path relative to the definition's folder."),
    columns: z.array(z.string().min(1)).min(1).describe("Names of the columns that become the coordinates, in order."),
    units: z.array(z.string()).optional().describe('Units of the columns, written on the axes, e.g. "min".'),
    standardize: z
      .boolean()
      .default(true)
      .describe(
        "Adds a frozen affine layer at the data end with mean and deviation of the training rows; its log-det counts, so NLL stays in the file's units.",
      ),
    limit: z.int().min(1).max(5_000_000).default(DEFAULT_LIMIT).describe("Rows kept at the most, drawn evenly from the whole file."),
  }),
} as const satisfies Entry;
