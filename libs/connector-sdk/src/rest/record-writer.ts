import type { Slab } from '../batch/slab.js';
import { ConnectorError } from '../connector-error.js';
import { findPath, type JsonRange } from '../json/path.js';
import { eachMember, isNull } from '../json/scan.js';
import type { ProjectedField } from '../projection.js';
import { jsonCell } from '../json/json-cell.js';
import { type BoundField, boundField, type RestStream } from './rest-stream.js';

interface Wanted extends Pick<BoundField, 'name' | 'names' | 'cell' | 'nullable'> {
  /** The first name of its path, as bytes. */
  readonly top: Buffer;
}

/** Turns records of one read into rows: the selected fields and nothing else. */
export class RecordWriter {
  private readonly wanted: readonly Wanted[];
  private readonly found: (JsonRange | undefined)[];

  constructor(
    definition: RestStream,
    private readonly stream: string,
    projection: readonly ProjectedField[],
  ) {
    this.wanted = projection.map(({ field, as }) => {
      const bound = boundField(definition, field, stream);
      // Of a JSON value its own notation is the exact text.
      const cell = as === 'text' ? jsonCell('text') : bound.cell;
      return { ...bound, cell, top: Buffer.from(bound.names[0] ?? bound.name) };
    });
    this.found = this.wanted.map(() => undefined);
  }

  /** Appends the record at `range` as one row. `record` counts from 1. */
  write(bytes: Buffer, range: JsonRange, record: number, out: Slab): void {
    if (bytes[range.from] !== 0x7b) throw this.malformed(record);
    this.locate(bytes, range);
    out.startRow(this.wanted.length);
    for (const [index, { name, names, cell, nullable }] of this.wanted.entries()) {
      const top = this.found[index];
      const value = top && names.length > 1 ? findPath(bytes, top, names.slice(1)) : top;
      if (!value || isNull(bytes, value.from)) {
        if (!nullable) throw this.malformed(record, name);
        out.writeNull();
      } else if (cell(bytes, value.from, value.to, out) !== undefined) throw this.malformed(record, name);
    }
  }

  private locate(bytes: Buffer, range: JsonRange): void {
    this.found.fill(undefined);
    eachMember(bytes, range.from, range.to, (nameFrom, nameTo, from, to) => {
      for (const [index, { top }] of this.wanted.entries()) {
        if (nameTo - nameFrom === top.length && bytes.compare(top, 0, top.length, nameFrom, nameTo) === 0)
          this.found[index] = { from, to };
      }
    });
  }

  private malformed(record: number, field?: string): ConnectorError {
    return new ConnectorError('record-malformed', { stream: this.stream, record, field });
  }
}
