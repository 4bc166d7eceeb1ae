import {
  type CellKind,
  ConnectorError,
  eachMember,
  type FileDescription,
  isNull,
  type JsonCell,
  jsonCell,
  type JsonCellKind,
  NotJson,
  type ProjectedField,
  type RecordParser,
  skipSpace,
  type Slab,
  stringAt,
} from '@millrace/connector-sdk';

const LINE_FEED = 0x0a;
const BACKSLASH = 0x5c;

interface Selected {
  readonly field: string;
  readonly nullable: boolean;
  readonly cell: JsonCell;
  readonly name: Buffer;
}

/** Reads a line as a record. Of a line, only its grammar and the selected members are looked at. */
export class NdjsonParser implements RecordParser {
  private readonly selected: readonly Selected[];
  private readonly byName: ReadonlyMap<string, number>;
  /** Where the selected members of the present record lie; an end of 0 is a missing member. */
  private readonly starts: Uint32Array;
  private readonly ends: Uint32Array;
  /** Members mostly come in the same order: which selected field probably follows. */
  private expected = 0;
  private line: Buffer = Buffer.alloc(0);
  private readonly visit = (nameFrom: number, nameTo: number, from: number, to: number) => {
    const index = this.indexOf(nameFrom, nameTo);
    if (index < 0) return;
    this.starts[index] = from;
    this.ends[index] = to;
    this.expected = index + 1 < this.selected.length ? index + 1 : 0;
  };

  constructor(description: FileDescription, projection: readonly ProjectedField[]) {
    this.selected = projection.map(({ field, as }) => {
      const { kind, nullable } = description.fields.find(({ name }) => name === field)!;
      return { field, nullable, cell: jsonCell(as === 'text' ? 'text' : jsonKind(kind)), name: Buffer.from(field) };
    });
    this.byName = new Map(this.selected.map(({ field }, index) => [field, index]));
    this.starts = new Uint32Array(this.selected.length);
    this.ends = new Uint32Array(this.selected.length);
  }

  record(bytes: Buffer, at: number, end: number, isLast: boolean, out: Slab): number {
    const found = bytes.indexOf(LINE_FEED, at);
    const lineFeed = found < 0 || found >= end ? -1 : found;
    if (lineFeed < 0 && !isLast) return -1;
    const stop = lineFeed < 0 ? end : lineFeed;
    const next = lineFeed < 0 ? end : lineFeed + 1;
    const start = skipSpace(bytes, at, stop);
    if (start === stop) return next;
    this.locate(bytes, start, stop);
    this.writeRow(bytes, out);
    return next;
  }

  private locate(bytes: Buffer, start: number, stop: number): void {
    this.ends.fill(0);
    this.expected = 0;
    this.line = bytes;
    try {
      const behind = eachMember(bytes, start, stop, this.visit);
      if (skipSpace(bytes, behind, stop) !== stop) throw new NotJson();
    } catch (error) {
      throw error instanceof NotJson ? new ConnectorError('record-malformed') : error;
    }
  }

  private writeRow(bytes: Buffer, out: Slab): void {
    const { selected, starts, ends } = this;
    out.startRow(selected.length);
    for (let index = 0; index < selected.length; index++) {
      const { cell, nullable, field } = selected[index]!;
      const to = ends[index]!;
      if (to === 0 || isNull(bytes, starts[index]!)) {
        if (!nullable) throw new ConnectorError('record-malformed', { field });
        out.writeNull();
      } else if (cell(bytes, starts[index]!, to, out) !== undefined)
        throw new ConnectorError('record-malformed', { field });
    }
  }

  private indexOf(from: number, to: number): number {
    const { line, selected, expected } = this;
    const guess = selected[expected];
    if (guess && isSame(line, from, to, guess.name)) return expected;
    for (let at = from; at < to; at++) {
      if (line[at] === BACKSLASH) return this.byName.get(stringAt(line, from - 1, to + 1)) ?? -1;
    }
    return selected.findIndex(({ name }) => isSame(line, from, to, name));
  }
}

function isSame(bytes: Buffer, from: number, to: number, name: Buffer): boolean {
  if (to - from !== name.length) return false;
  for (let at = 0; at < name.length; at++) if (bytes[from + at] !== name[at]) return false;
  return true;
}

/** Files have no type beside those that JSON can be read as. */
function jsonKind(kind: CellKind): JsonCellKind {
  return kind as JsonCellKind;
}
