/** Tables as they come: every way in which a file can be unlike what was expected, and what is said about it. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { appendFileSync, mkdirSync, readdirSync, renameSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import path from "node:path";
import { readTable, type Table, type TableRequest } from "../../src/data/csv";
import { TableError } from "../../src/data/table-error";
import { Random } from "../../src/flows/random";
import { nearest } from "../../src/spec/nearest";
import { type Files, withFolder } from "../support/folder";

type Wanted = Partial<TableRequest> & { readonly seed?: number; readonly draw?: () => number };

function readIn(folder: string, { seed = 1, draw, ...request }: Wanted = {}): Promise<Table> {
  const random = new Random("csv", seed);
  return readTable(
    { file: "t.csv", folder, columns: ["a", "b"], limit: 1000, ...request },
    { draw: draw ?? (() => random.uniform()), nearest },
  );
}

const read = (content: string | Uint8Array, wanted: Wanted = {}) => withFolder({ "t.csv": content }, (folder) => readIn(folder, wanted));

/** The message with which a file is refused, and the key that is to blame. */
async function refusal(table: Promise<Table>): Promise<string> {
  try {
    await table;
  } catch (error) {
    assert.ok(error instanceof TableError, `not a refusal but ${error}`);
    return `${error.key}: ${error.message}`;
  }
  assert.fail("the file was accepted");
}

const refused = (content: string | Uint8Array, wanted: Wanted = {}) => refusal(read(content, wanted));
const numbers = async (table: Promise<Table>) => [...(await table).points];

describe("a table in a file", () => {
  const PLAIN = "a,b\n1,2\n3,4\n";
  const SAME: Readonly<Record<string, string>> = {
    "without a line end at its end": "a,b\n1,2\n3,4",
    "with a byte-order mark": `\uFEFF${PLAIN}`,
    "with CRLF": "a,b\r\n1,2\r\n3,4\r\n",
    "with CR only": "a,b\r1,2\r3,4\r",
    "with mixed line ends": "a,b\n1,2\r\n3,4\r",
    "with semicolons": "a;b\n1;2\n3;4\n",
    "with tabs": "a\tb\n1\t2\n3\t4\n",
    "with semicolons after empty lines": "\n\r\na;b\n1;2\n3;4\n",
    "with commas inside a quoted name": '"x, y, and z";a;b\n0;1;2\n0;3;4\n',
    "with quotes": '"a","b"\n"1","2"\n"3","4"\n',
    "with a doubled quote in another column": 'q,a,b\n"say ""a, b""",1,2\n"",3,4\n',
    "with a line break inside a quoted cell": 'q,a,b\n"x\ny",1,2\nz,3,4\n',
    "with spaces around cells": " a , b \n 1 ,2\n3,\t4\n",
    "with empty lines between": "a,b\n\n1,2\n\n\n3,4\n\n",
    "with empty cells after the last column": "a,b\n1,2,\n3,4,,\n",
    "with columns in another order": "b,c,a\n2,x,1\n4,y,3\n",
    "with signs, points and exponents": "a,b\n+1,2.\n.3e1,400E-2\n",
  };
  for (const [how, content] of Object.entries(SAME)) {
    it(`${how} gives the same numbers`, async () => {
      assert.deepEqual(await numbers(read(content)), [1, 2, 3, 4]);
    });
  }

  it("is read in the order of the wanted columns", async () => {
    assert.deepEqual(await numbers(read(PLAIN, { columns: ["b", "a"] })), [2, 1, 4, 3]);
    assert.deepEqual(await numbers(read(PLAIN, { columns: ["b"] })), [2, 4]);
  });

  it("may have columns named like members of objects, and leaves prototypes alone", async () => {
    const content = "__proto__,constructor,toString\n1,2,3\n4,5,6\n";
    assert.deepEqual(await numbers(read(content, { columns: ["__proto__", "toString"] })), [1, 3, 4, 6]);
    assert.equal(({} as { polluted?: unknown }).polluted, undefined);
    assert.match(await refused(PLAIN, { columns: ["__proto__", "a"] }), /there is no column "__proto__"/);
  });

  it("may repeat a name that nobody asks for, not one that is wanted", async () => {
    assert.deepEqual(await numbers(read("a,c,c,b\n1,0,0,2\n")), [1, 2]);
    assert.equal(await refused("a,b,a\n1,2,3\n"), 'columns: the header names "a" twice. Rename one of the columns.');
  });

  it("is known by the hash of its bytes", async () => {
    assert.equal((await read(PLAIN)).hash, createHash("sha256").update(PLAIN).digest("hex"));
  });

  it("leaves out rows with an empty cell, counts them and names the first line", async () => {
    const table = await read("a,b\n1,2\n,4\n5,NA\n6,nan\n7,null\n8,  \n9\n10,11\n");
    assert.deepEqual([...table.points], [1, 2, 10, 11]);
    assert.deepEqual(table.notes, ["6 of 8 rows have an empty cell and were left out (the first in line 3)."]);
  });

  it("counts lines as an editor does, through empty lines, quoted line breaks and every line end", async () => {
    for (const content of [
      "a,b\n\n1,2\nx,2",
      "a,b\r\n\r\n1,2\r\nx,2",
      "a,b\r\r1,2\rx,2",
      'a,b,q\n1,2,"\n"\nx,2,',
      "a,b\n1,2\r\n3,4\r\nx,2",
    ]) {
      assert.match(await refused(content), /^columns: line 4, column "a": "x" is not a number/, JSON.stringify(content));
    }
  });
});

describe("a cell", () => {
  for (const cell of ["x", "inf", "-Infinity", "0x10", "1_000", "1 000", "1e", "--1", "1.2.3", "١", "1e5.5", "TRUE", "$1"]) {
    it(`"${cell}" is not taken for a number`, async () => {
      assert.equal(await refused(`a,b\n1,2\n${cell},2\n`), `columns: line 3, column "a": "${cell}" is not a number.`);
    });
  }

  it("beyond what float32 can square is refused, however it is written", async () => {
    for (const cell of ["1e400", "-1e30", `1${"0".repeat(20)}`])
      assert.match(await refused(`a,b\n1,${cell}\n`), /^columns: line 2, column "b": ".*" is beyond ±1e\+18/);
    assert.equal((await numbers(read("a,b\n1,1e18\n")))[1], Math.fround(1e18));
  });

  it("with a decimal comma is named with the remedy", async () => {
    for (const cell of ["1,5", "-1,5", ",5", "1,5e3"])
      assert.equal(
        await refused(`a;b\n${cell};2,5\n`),
        `columns: line 2, column "a": "${cell}" is not a number. Write decimals with a point.`,
      );
  });

  it("is shown shortened, and without the characters that command a terminal", async () => {
    assert.equal(await refused(`a,b\n${"x".repeat(100)},2\n`), `columns: line 2, column "a": "${"x".repeat(31)}…" is not a number.`);
    assert.doesNotMatch(await refused("a,b\n\u001b[2Jx,2\n"), /\p{Cc}/u);
    assert.doesNotMatch(await refused("\u001b]0;owned\u0007,b\n1,2\n"), /\p{Cc}/u);
  });
});

describe("a row", () => {
  it("that is wider than the header is refused, since nobody knows which cells belong where", async () => {
    const remedy = "Write decimals with a point, and give every column a name.";
    assert.equal(await refused("a,b\n1,2\n1,5,2,5\n"), `file: line 3 has 4 cells, but the header names 2 columns. ${remedy}`);
    assert.match(await refused("a,b\nrow1,1,2\n"), /line 2 has 3 cells/);
  });

  it("may end before columns that nobody asks for", async () => {
    assert.deepEqual(await numbers(read("a,b,c\n1,2\n3,4,x\n")), [1, 2, 3, 4]);
  });
});

describe("a column that is not there", () => {
  it("is named with those that are", async () => {
    assert.equal(await refused("time,height\n1,2\n"), 'columns: there is no column "a". The header names: time, height.');
  });

  it("is named with the nearest one", async () => {
    const wanted = { columns: ["eruptoins", "waiting"] };
    assert.equal(
      await refused("eruptions,waiting\n1,2\n", wanted),
      'columns: there is no column "eruptoins". The header names: eruptions, waiting. Did you mean "eruptions"?',
    );
    assert.match(await refused("Waiting,eruptoins\n1,2\n", wanted), /Did you mean "Waiting"\?/);
  });

  it("leads to the first line when that holds numbers", async () => {
    assert.match(await refused("1,2\n3,4\n"), /The first line holds only numbers, but it must name the columns\. Add such a line\./);
  });

  it("leads to the separator when there is only one column", async () => {
    assert.match(await refused("time height\n1 2\n"), /names: time height\. Columns are told apart by commas, semicolons or tabs\./);
  });

  it("leads to the encoding when the header is not UTF-8", async () => {
    assert.match(await refused(Buffer.from("größe,b\n1,2\n", "latin1"), { columns: ["größe", "b"] }), /not UTF-8; save it as UTF-8\./);
  });

  it("is named among a few of many, each of them short", async () => {
    const header = Array.from({ length: 500 }, (_, i) => `column${"x".repeat(50)}${i}`).join(",");
    const message = await refused(`${header}\n`);
    assert.ok(message.length < 900 && message.includes(", …."), message);
  });
});

describe("a file that is no table", () => {
  const CASES: Readonly<Record<string, readonly [content: string | Uint8Array, message: RegExp]>> = {
    "that is empty": ["", /^file: "t\.csv" is empty\. Its first line must name the columns\.$/],
    "of white space": [" \n\r\n", /^file: "t\.csv" is empty/],
    "with a header only": ["a,b\n", /^file: "t\.csv" has a header but no rows with numbers in a and b\.$/],
    "whose rows all miss a cell": ["a,b\n1,\n,2\n", /no rows with numbers/],
    "with NUL characters": ["a,b\n1,2\u0000\n", /^file: "t\.csv" holds NUL characters, so it is not UTF-8 text\. Save it as UTF-8\.$/],
    "with NUL characters far inside": [`a,b\n${"1,2\n".repeat(20_000)}\u0000\u0000`, /holds NUL characters/],
    "in UTF-16, little end first": [Buffer.from("\uFEFFa,b\n1,2\n", "utf16le"), /is UTF-16 text\. Save it as UTF-8\.$/],
    "in UTF-16, big end first": [Buffer.from("\uFEFFa,b\n1,2\n", "utf16le").swap16(), /is UTF-16 text\. Save it as UTF-8\.$/],
    "in UTF-16 without its mark": [Buffer.from("a,b\n1,2\n", "utf16le"), /holds NUL characters/],
    "that is compressed": [Buffer.from([0x1f, 0x8b, 8, 0]), /is compressed\. Unpack it\.$/],
    "that is a workbook": [Buffer.from([0x50, 0x4b, 3, 4]), /is a zip archive or a workbook/],
    "whose quote is never closed": ['a,b\n1,2\n3,"4\n5,6\n7,8\n', /^file: "t\.csv" has a quote in line 3 that is never closed\.$/],
    "whose quote is never closed after empty lines": ['\na,b\n\n1,2\n\n\n3,"4\n5,6\n', /has a quote in line 7 that is never closed\.$/],
    "whose quote swallows the file": [`a,b\n1,2\n"${"1,2\n".repeat(500_000)}`, /has a record in line 3 that is too long/],
    "with a quote inside a cell": ['a,b\n1,2\n5" pipe,2\n', /has a stray quote in line 3\. Put the whole cell in quotes/],
    "with text after a quote": ['a,b\n"1"2,2\n', /has a stray quote in line 2\./],
  };
  for (const [what, [content, message]] of Object.entries(CASES)) {
    it(`${what} is refused with the reason`, async () => {
      assert.match(await refused(content), message);
    });
  }

  it("that is larger than the limit is refused by its size, not by reading it", () =>
    withFolder({ "t.csv": "a,b\n" }, async (folder) => {
      truncateSync(path.join(folder, "t.csv"), 3e9); // sparse: takes no room on the disk
      assert.equal(await refusal(readIn(folder)), 'file: "t.csv" has 3.0 GB; the limit is 2.0 GB.');
    }));
});

describe("the path of a table", () => {
  const files: Files = { "in/t.csv": "a,b\n1,2\n", "in/deep/..odd.csv": "a,b\n3,4\n", "out.csv": "a,b\n9,9\n" };
  const from = (file: string) => withFolder(files, (folder) => readIn(path.join(folder, "in"), { file }));

  it("may lead into folders below, with points in their names", async () => {
    assert.deepEqual(await numbers(from("deep/..odd.csv")), [3, 4]);
    assert.deepEqual(await numbers(from("./deep/../t.csv")), [1, 2]);
  });

  const RELATIVE = "must be a path relative to the definition's folder";
  for (const [file, message] of [
    ["gone.csv", 'file: "gone.csv" does not exist beside the definition.'],
    ["../out.csv", 'file: "../out.csv" lies outside the definition\'s folder. Copy it there.'],
    ["deep/../../out.csv", "lies outside the definition's folder"],
    ["..", "lies outside the definition's folder"],
    [".", 'file: "." is not a plain file.'],
    ["deep", 'file: "deep" is not a plain file.'],
    ["/etc/passwd", RELATIVE],
    ["/proc/self/environ", RELATIVE],
    ["C:t.csv", RELATIVE],
    ["C:\\t.csv", RELATIVE],
    ["file:t.csv", RELATIVE],
    ["FILE:///etc/passwd", RELATIVE],
    ["https://example.org/t.csv", RELATIVE],
    ["t.csv\u0000.txt", RELATIVE],
    ["x".repeat(300), "cannot be opened (ENAMETOOLONG)."],
    ["t.csv/x", "cannot be opened (ENOTDIR)."],
  ] as const) {
    it(`${JSON.stringify(file).slice(0, 40)} is refused`, async () => {
      const said = await refusal(from(file));
      assert.ok(said.startsWith("file: ") && said.includes(message), said);
    });
  }

  it("may be a link inside the folder, not one that leaves it or leads in a circle", () =>
    withFolder(files, async (folder) => {
      const inside = path.join(folder, "in");
      symlinkSync("deep/..odd.csv", path.join(inside, "fine.csv"));
      symlinkSync("../out.csv", path.join(inside, "escape.csv"));
      symlinkSync("..", path.join(inside, "up"));
      symlinkSync("circle.csv", path.join(inside, "circle.csv"));
      assert.deepEqual(await numbers(readIn(inside, { file: "fine.csv" })), [3, 4]);
      for (const file of ["escape.csv", "up/out.csv"])
        assert.match(await refusal(readIn(inside, { file })), /lies outside the definition's folder/);
      assert.match(await refusal(readIn(inside, { file: "circle.csv" })), /cannot be opened \(ELOOP\)/);
    }));

  it("may start in a folder that is reached by a link", () =>
    withFolder(files, async (folder) => {
      symlinkSync("in", path.join(folder, "alias"));
      assert.deepEqual(await numbers(readIn(path.join(folder, "alias"))), [1, 2]);
    }));

  it("to a pipe is refused at once, though nobody ever writes into it", () =>
    withFolder({}, async (folder) => {
      execFileSync("mkfifo", [path.join(folder, "t.csv")]);
      assert.equal(await refusal(readIn(folder)), 'file: "t.csv" is not a plain file.');
    }));
});

describe("a row limit", () => {
  const rows = 5000;
  const content = `a,b\n${Array.from({ length: rows }, (_, i) => `${i},${i % 7}`).join("\n")}\n`;

  it("keeps exactly that many rows, all of them different and in pairs as in the file", async () => {
    const table = await read(content, { limit: 500 });
    assert.equal(table.rows, 500);
    const kept = Array.from({ length: 500 }, (_, i) => table.points[2 * i] as number);
    assert.equal(new Set(kept).size, 500);
    assert.ok(kept.every((value, i) => table.points[2 * i + 1] === value % 7));
    assert.ok(table.notes.includes('500 of 5,000 rows are used, drawn evenly ("limit").'), table.notes.join());
  });

  it("draws by the seed alone", async () => {
    const draw = (seed: number) => numbers(read(content, { limit: 50, seed }));
    assert.deepEqual(await draw(1), await draw(1));
    assert.notDeepEqual(await draw(1), await draw(2));
  });

  it("gives each row the same chance", async () => {
    const tenths = new Array<number>(10).fill(0);
    const runs = 40;
    for (let seed = 0; seed < runs; seed++) {
      const { points } = await read(content, { limit: 100, columns: ["a"], seed });
      for (const value of points) {
        const tenth = Math.floor((10 * value) / rows);
        tenths[tenth] = (tenths[tenth] as number) + 1;
      }
    }
    const expected = (runs * 100) / 10;
    const chiSquare = tenths.reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0);
    assert.ok(chiSquare < 27.9, `χ² = ${chiSquare.toFixed(1)} for ${tenths.join()}`); // 9 degrees of freedom: P(χ² > 27.9) = 0.001
  });

  it("that is not reached changes nothing", async () => {
    const table = await read("a,b\n1,2\n3,5\n", { limit: 2 });
    assert.deepEqual([...table.points], [1, 2, 3, 5]);
    assert.deepEqual(table.notes, []);
  });
});

describe("a note about a column", () => {
  const columns = (n: number, a: (i: number) => number, b: (i: number) => number) =>
    `a,b\n${Array.from({ length: n }, (_, i) => `${a(i)},${b(i)}`).join("\n")}\n`;

  it("says that it is constant", async () => {
    const { notes } = await read(
      columns(
        20,
        (i) => i,
        () => 2.5,
      ),
    );
    assert.deepEqual(notes, ['Column "b" is constant (2.5): its density is a spike. Leave it out.']);
  });

  it("says that it is discrete, and not that of a continuous one", async () => {
    const { notes } = await read(
      columns(
        200,
        (i) => Math.sin(i),
        (i) => i % 3,
      ),
    );
    assert.deepEqual(notes, ['Column "b" takes only 3 values, so its density is not smooth. Add a little noise to it.']);
  });

  it("says that single precision cannot tell its values apart", async () => {
    const { notes } = await read(
      columns(
        200,
        (i) => Math.sin(i),
        (i) => 1_700_000_000 + i,
      ),
    );
    assert.deepEqual(notes, ['Column "b" differs only in digits that single precision does not have. Subtract a constant from it.']);
  });

  it("is not made of a few rows", async () => {
    assert.deepEqual(
      (
        await read(
          columns(
            20,
            (i) => i,
            (i) => i % 2,
          ),
        )
      ).notes,
      [],
    );
  });
});

describe("a file that changes while it is read", () => {
  const content = `a,b\n${"1,2\n".repeat(200)}`;
  const CHANGES: Readonly<Record<string, (file: string) => void>> = {
    grows: (file) => appendFileSync(file, "3,4\n"),
    shrinks: (file) => truncateSync(file, 10),
    "is deleted": (file) => rmSync(file),
    "is replaced": (file) => {
      writeFileSync(`${file}.new`, content);
      renameSync(`${file}.new`, file);
    },
  };
  for (const [how, change] of Object.entries(CHANGES)) {
    it(`is not used when it ${how}`, () =>
      withFolder({ "t.csv": content }, async (folder) => {
        let changed = false;
        const draw = () => {
          if (!changed) change(path.join(folder, "t.csv"));
          changed = true;
          return 0;
        };
        assert.equal(
          await refusal(readIn(folder, { limit: 1, draw })),
          'file: "t.csv" changed while it was read. Open the definition again.',
        );
        assert.ok(changed);
      }));
  }
});

describe("reading tables", () => {
  it("leaves no file open, whether they are used or refused (counted on Linux)", async () => {
    const open = () => (process.platform === "linux" ? readdirSync("/proc/self/fd").length : 0);
    const files: Files = { "t.csv": "a,b\n1,2\n", "bad.csv": `a,b\n${"x,2\n".repeat(50_000)}`, "nul.csv": "\u0000", "quote.csv": 'a,b\n"' };
    await withFolder(files, async (folder) => {
      mkdirSync(path.join(folder, "folder"));
      const before = open();
      for (let i = 0; i < 10; i++) {
        await readIn(folder);
        for (const file of ["bad.csv", "nul.csv", "quote.csv", "folder"]) await refusal(readIn(folder, { file }));
      }
      while (open() > before) await new Promise((resolve) => setImmediate(resolve)); // closing is asynchronous; mocha's limit ends a leak
    });
  });
});
