import {
  type Batch,
  ByteWriter,
  type CellKind,
  cellText,
  ConnectorError,
  hasText,
  type RecordPrinter,
  type TargetColumn,
} from '@millrace/connector-sdk';

/** Kinds whose text is a JSON value as it stands. */
const VERBATIM: readonly CellKind[] = ['boolean', 'int2', 'int4', 'int8', 'json', 'jsonb'];
/** Kinds whose text is a JSON number unless it is no number or infinite. */
const NUMBERS: readonly CellKind[] = ['float4', 'float8', 'numeric'];

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Writes rows as one JSON object a line, missing values as null, so that every line has every member. */
export class NdjsonPrinter implements RecordPrinter {
  readonly header = '';
  private readonly lead: readonly Buffer[];
  private readonly out = new ByteWriter();

  constructor(private readonly columns: readonly TargetColumn[]) {
    const untellable = columns.find(({ kind }) => !hasText(kind));
    if (untellable) throw new ConnectorError('incompatible-field', { field: untellable.name });
    this.lead = columns.map(({ name }, index) => Buffer.from(`${index === 0 ? '{' : ','}${JSON.stringify(name)}:`));
  }

  print({ bytes, rowStarts, rowCount }: Batch): Buffer {
    const { out, lead, columns } = this;
    out.clear();
    for (let row = 0; row < rowCount; row++) {
      let at = rowStarts[row]! + 2;
      for (let index = 0; index < columns.length; index++) {
        out.copy(lead[index]!, 0, lead[index]!.length);
        const length = bytes.readInt32BE(at);
        at += 4;
        if (length < 0) out.text('null');
        else this.value(columns[index]!.kind, bytes, at, length);
        at += Math.max(length, 0);
      }
      out.text('}\n');
    }
    return out.written();
  }

  private value(kind: CellKind, bytes: Buffer, at: number, length: number): void {
    const { out } = this;
    if (kind === 'text' && isPlain(bytes, at, at + length)) {
      out.byte(QUOTE);
      out.copy(bytes, at, at + length);
      return out.byte(QUOTE);
    }
    const text = cellText(kind, bytes, at, length);
    // Line breaks between the tokens of a JSON value would end the record.
    if (VERBATIM.includes(kind)) out.text(kind === 'json' ? text.replaceAll(/[\r\n]/g, ' ') : text);
    else out.text(NUMBERS.includes(kind) && /\d$/.test(text) ? text : JSON.stringify(text));
  }
}

/** Whether a text stands in a JSON string as it is (RFC 8259 §7). */
function isPlain(bytes: Buffer, from: number, to: number): boolean {
  for (let at = from; at < to; at++) {
    const byte = bytes[at]!;
    if (byte < 0x20 || byte === QUOTE || byte === BACKSLASH) return false;
  }
  return true;
}
