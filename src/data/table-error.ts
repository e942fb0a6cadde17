/** A table that cannot be used; `key` is the entry of the definition to blame, the message says where and what to do. */
export class TableError extends Error {
  constructor(
    readonly key: "file" | "columns" | "limit",
    message: string,
  ) {
    super(message);
  }
}
