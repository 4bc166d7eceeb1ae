/** The leaves of a page and the columns beside them, each column in one piece, by ascending index. */
export interface PackedLeaves {
  /** Place in the page, u32 each. */
  readonly offsets: Uint8Array;
  /** Length of each leaf, u32 each. */
  readonly lengths: Uint8Array;
  readonly leaves: Uint8Array;
  /** Microseconds since 2000-01-01, i64 each, as PostgreSQL sends an instant. */
  readonly instants: Uint8Array;
  /** {@link COLUMNS} as text between tabs, a line each. */
  readonly columns: string;
}

/** Personal values of a page's entries, in any order. */
export interface PackedPersonal {
  /** Place of the entry in the page, u32 each. */
  readonly offsets: Uint8Array;
  /** A line each. */
  readonly fields: string;
  readonly salts: Uint8Array;
  /** Length of each value, u32 each. */
  readonly lengths: Uint8Array;
  readonly values: Uint8Array;
}

/** The columns that repeat what a leaf says, in the order of a line, but for `at`. */
export const COLUMNS = ['source', 'event', 'orgId', 'id', 'sourceNumber'] as const;

const INSTANTS_BEGIN_MS = Date.UTC(2000, 0, 1);

export interface UnpackedLeaf {
  readonly offset: number;
  readonly bytes: Buffer;
  readonly columns: string;
  /** Since 1970, as a clock says it; not whole when the column is finer than milliseconds. */
  readonly atMs: number;
}

/** The rows again. What is damaged in packing shows as leaves that are not what was signed. */
export function* unpackLeaves(packed: PackedLeaves): Generator<UnpackedLeaf> {
  const [offsets, lengths, instants] = [packed.offsets, packed.lengths, packed.instants].map(viewOf);
  const leaves = viewOf(packed.leaves);
  const lines = packed.columns.split('\n');
  for (let row = 0, start = 0; row * 4 < offsets!.length; row++) {
    const end = start + lengths!.readUInt32BE(row * 4);
    yield {
      offset: offsets!.readUInt32BE(row * 4),
      bytes: leaves.subarray(start, end),
      columns: lines[row] ?? '',
      atMs: INSTANTS_BEGIN_MS + readInt64(instants!, row * 8) / 1_000,
    };
    start = end;
  }
}

export interface UnpackedPersonal {
  readonly offset: number;
  readonly field: string;
  readonly value: Buffer;
  readonly salt: Buffer;
}

/** @param saltBytes length of each salt; the table admits no other */
export function* unpackPersonal(packed: PackedPersonal, saltBytes: number): Generator<UnpackedPersonal> {
  const [offsets, lengths, values, salts] = [packed.offsets, packed.lengths, packed.values, packed.salts].map(viewOf);
  const fields = packed.fields.split('\n');
  for (let row = 0, start = 0; row * 4 < offsets!.length; row++) {
    const end = start + lengths!.readUInt32BE(row * 4);
    yield {
      offset: offsets!.readUInt32BE(row * 4),
      field: fields[row] ?? '',
      value: values!.subarray(start, end),
      salt: salts!.subarray(row * saltBytes, (row + 1) * saltBytes),
    };
    start = end;
  }
}

export function viewOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function readInt64(bytes: Buffer, at: number): number {
  return bytes.readInt32BE(at) * 2 ** 32 + bytes.readUInt32BE(at + 4);
}
