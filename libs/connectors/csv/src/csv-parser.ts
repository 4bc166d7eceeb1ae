import {
  castBetween,
  type CellCast,
  type CellKind,
  ConnectorError,
  type FileDescription,
  type ProjectedField,
  type RecordParser,
  type Slab,
} from '@millrace/connector-sdk';
import type { CsvConfig } from './csv-config.js';
import { BARE, ESCAPED, FieldScanner, unescape } from './field-scanner.js';

/** Below this many bytes a loop beats the call into native code that a bulk copy costs. */
const SHORT_COPY = 48;

/** One selected field: where it stands in the record, and how its text becomes a cell. */
interface Selected {
  readonly field: string;
  readonly index: number;
  readonly nullable: boolean;
  /** Undefined for text, which is copied. */
  readonly cast: CellCast | undefined;
}

/** Reads records of a file whose header names its fields. Every record must have as many fields as the header. */
export class CsvParser implements RecordParser {
  private readonly scanner: FieldScanner;
  private readonly selected: readonly Selected[];
  private readonly width: number;
  private readonly nullText: Buffer;
  private scratch = Buffer.alloc(1_024);

  constructor(description: FileDescription, projection: readonly ProjectedField[], config: CsvConfig) {
    this.scanner = new FieldScanner(config.delimiter.charCodeAt(0));
    this.width = description.fields.length;
    this.nullText = Buffer.from(config.nullText);
    this.selected = projection.map(({ field, as }) => {
      const index = description.fields.findIndex(({ name }) => name === field);
      const { kind, nullable } = description.fields[index]!;
      return { field, index, nullable, cast: castOf(as === 'text' ? 'text' : kind) };
    });
  }

  record(bytes: Buffer, at: number, end: number, isLast: boolean, out: Slab): number {
    const { scanner } = this;
    const next = scanner.scan(bytes, at, end, isLast);
    if (next < 0) return next;
    if (scanner.count !== this.width) {
      // A blank line is no record, unless there is one field, which is then missing.
      if (scanner.count === 1 && scanner.forms[0] === BARE && scanner.starts[0] === scanner.ends[0]) return next;
      throw new ConnectorError('record-malformed');
    }
    this.writeRow(bytes, next - at, out);
    return next;
  }

  private writeRow(bytes: Buffer, recordBytes: number, out: Slab): void {
    const { scanner, selected } = this;
    out.startRow(selected.length);
    // Text is never longer in a cell than in the file; casts make their own room.
    out.reserve(recordBytes + selected.length * 4);
    for (const field of selected) {
      const { index } = field;
      const start = scanner.starts[index]!;
      const end = scanner.ends[index]!;
      const form = scanner.forms[index]!;
      if (form === BARE && this.isNull(bytes, start, end)) {
        if (!field.nullable) throw new ConnectorError('record-malformed', { field: field.field });
        out.writeNull();
      } else if (field.cast) this.writeCast(bytes, start, end, form, field, out);
      else if (form === ESCAPED) {
        const length = unescape(bytes, start, end, this.room(end - start), 0);
        out.writeCell(this.scratch.subarray(0, length));
      } else copyText(bytes, start, end, out);
    }
  }

  private writeCast(bytes: Buffer, start: number, end: number, form: number, field: Selected, out: Slab): void {
    const escaped = form === ESCAPED;
    const source = escaped ? this.room(end - start) : bytes;
    const from = escaped ? 0 : start;
    const length = escaped ? unescape(bytes, start, end, source, 0) : end - start;
    if (field.cast!(source, from, length, out) !== undefined) {
      throw new ConnectorError('record-malformed', { field: field.field });
    }
  }

  private isNull(bytes: Buffer, start: number, end: number): boolean {
    const { nullText } = this;
    if (end - start !== nullText.length) return false;
    for (let at = 0; at < nullText.length; at++) if (bytes[start + at] !== nullText[at]) return false;
    return true;
  }

  private room(size: number): Buffer {
    if (this.scratch.length < size) this.scratch = Buffer.alloc(size * 2);
    return this.scratch;
  }
}

function castOf(kind: CellKind): CellCast | undefined {
  return kind === 'text' ? undefined : castBetween('text', kind);
}

function copyText(bytes: Buffer, start: number, end: number, out: Slab): void {
  const length = end - start;
  const target = out.bytes;
  let offset = out.end;
  target[offset++] = length >>> 24;
  target[offset++] = length >>> 16;
  target[offset++] = length >>> 8;
  target[offset++] = length;
  if (length < SHORT_COPY) for (let at = start; at < end; at++) target[offset++] = bytes[at]!;
  else {
    bytes.copy(target, offset, start, end);
    offset += length;
  }
  out.end = offset;
}
