import {
  type Batch,
  ByteWriter,
  cellText,
  ConnectorError,
  hasText,
  type RecordPrinter,
  type TargetColumn,
} from '@millrace/connector-sdk';
import type { CsvConfig } from './csv-config.js';

const QUOTE = 0x22;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** Writes rows as RFC 4180 records with LF, in quotes only where they are needed. */
export class CsvPrinter implements RecordPrinter {
  readonly header: string;
  private readonly delimiter: number;
  private readonly nullText: Buffer;
  private readonly nullWord: string;
  private readonly out = new ByteWriter();

  constructor(
    private readonly columns: readonly TargetColumn[],
    { delimiter, nullText }: CsvConfig,
  ) {
    const untellable = columns.find(({ kind }) => !hasText(kind));
    if (untellable) throw new ConnectorError('incompatible-field', { field: untellable.name });
    this.delimiter = delimiter.charCodeAt(0);
    this.nullText = Buffer.from(nullText);
    this.nullWord = nullText;
    this.header = this.headerOf();
  }

  print({ bytes, rowStarts, rowCount }: Batch): Buffer {
    this.out.clear();
    for (let row = 0; row < rowCount; row++) {
      let at = rowStarts[row]! + 2;
      for (const [index, { kind }] of this.columns.entries()) {
        if (index > 0) this.out.byte(this.delimiter);
        const length = bytes.readInt32BE(at);
        at += 4;
        if (length < 0) {
          this.out.copy(this.nullText, 0, this.nullText.length);
          continue;
        }
        if (kind === 'text' || kind === 'json') this.text(bytes, at, at + length);
        else if (kind === 'jsonb') this.text(bytes, at + 1, at + length);
        // The text of every other kind is free of anything special, yet it may be what stands for a missing value.
        else this.value(cellText(kind, bytes, at, length));
        at += length;
      }
      this.out.byte(LINE_FEED);
    }
    return this.out.written();
  }

  private headerOf(): string {
    for (const [index, { name }] of this.columns.entries()) {
      if (index > 0) this.out.byte(this.delimiter);
      const bytes = Buffer.from(name);
      this.text(bytes, 0, bytes.length);
    }
    this.out.byte(LINE_FEED);
    return this.out.written().toString();
  }

  private value(text: string): void {
    const { out } = this;
    if (text !== this.nullWord) return out.text(text);
    out.text(`"${text}"`);
  }

  private text(bytes: Buffer, from: number, to: number): void {
    if (!this.needsQuotes(bytes, from, to)) return this.out.copy(bytes, from, to);
    const { out } = this;
    out.reserve((to - from) * 2 + 2);
    out.byte(QUOTE);
    for (let at = from; at < to; at++) {
      if (bytes[at] === QUOTE) out.byte(QUOTE);
      out.byte(bytes[at]!);
    }
    out.byte(QUOTE);
  }

  /** What reads back as the same text only in quotes: special characters, and what would be taken for a missing value. */
  private needsQuotes(bytes: Buffer, from: number, to: number): boolean {
    const { delimiter, nullText } = this;
    if (to - from === nullText.length && bytes.compare(nullText, 0, nullText.length, from, to) === 0) return true;
    for (let at = from; at < to; at++) {
      const byte = bytes[at]!;
      if (byte === delimiter || byte === QUOTE || byte === LINE_FEED || byte === CARRIAGE_RETURN) return true;
    }
    return to === from;
  }
}
