import type { WriteStream } from 'node:tty';

/** What a line is worth: done, wrong, worth a look, or said by the way. */
export type Mark = 'tick' | 'cross' | 'warn' | 'dot';

const GLYPHS: Record<Mark, string> = { tick: '✓', cross: '✗', warn: '!', dot: '·' };
const COLOURS: Record<Mark, number> = { tick: 32, cross: 31, warn: 33, dot: 90 };
/** Labels of facts are padded to this width, so that the facts stand in one column. */
const LABEL_WIDTH = 24;
/** Longer lines are hard to read; where nothing wraps them (a file, a pipe) they may be as long as this. */
const MAX_WIDTH = 160;

/** Where text goes: standard output, or a string in a test. */
export type Output = Pick<WriteStream, 'write'> & { readonly isTTY?: boolean; readonly columns?: number };

/** Calm output for a person: sections, marks, facts and tables; colour and movement only on a terminal. */
export class Terminal {
  readonly isLive: boolean;
  private readonly hasColour: boolean;

  constructor(
    private readonly output: Output,
    colour: boolean = output.isTTY === true,
  ) {
    this.isLive = output.isTTY === true;
    this.hasColour = colour;
  }

  get width(): number {
    return Math.min(this.output.columns ?? MAX_WIDTH, MAX_WIDTH);
  }

  line(text = ''): void {
    this.output.write(`${text}\n`);
  }

  section(title: string): void {
    this.line();
    this.line(this.bold(title));
  }

  mark(mark: Mark, text: string, note?: string): void {
    this.line(`  ${this.paint(COLOURS[mark], GLYPHS[mark])} ${text}${note ? this.dim(`  ${note}`) : ''}`);
  }

  tick(text: string, note?: string): void {
    this.mark('tick', text, note);
  }

  /** Lines of a comparison as `diff` prints them: what goes and what comes. */
  changes(lines: readonly string[]): void {
    for (const line of lines) {
      const colour = { '+': 32, '-': 31 }[line[0] ?? ''];
      this.line(`    ${colour === undefined ? this.dim(line) : this.paint(colour, line)}`);
    }
  }

  /** A label and what it stands for, in two columns. */
  fact(label: string, value: string): void {
    this.line(`    ${this.dim(label.padEnd(LABEL_WIDTH))}${value}`);
  }

  /** Rows in columns as wide as their widest cell; columns of numbers align to the right. */
  table(head: readonly string[], rows: readonly (readonly string[])[]): void {
    const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
    const isNumber = head.map(
      (_, column) => rows.length > 0 && rows.every((row) => /^[-\d][\d,.]*%?$/.test(row[column] ?? '')),
    );
    const format = (cells: readonly string[]) =>
      cells
        .map((cell, column) => (isNumber[column] ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!)))
        .join('  ')
        .trimEnd();
    this.line(`    ${this.dim(format(head))}`);
    for (const row of rows) this.line(`    ${format(row)}`);
  }

  /** Replaces the line that stands last; only on a live terminal, where `transient` lines are followed by nothing. */
  transient(text: string): void {
    if (this.isLive) this.output.write(`\r\u001b[2K${text.slice(0, this.width)}`);
  }

  clearTransient(): void {
    if (this.isLive) this.output.write('\r\u001b[2K');
  }

  dim(text: string): string {
    return this.paint(90, text);
  }

  bold(text: string): string {
    return this.hasColour ? `\u001b[1m${text}\u001b[0m` : text;
  }

  paint(code: number, text: string): string {
    return this.hasColour ? `\u001b[${code}m${text}\u001b[0m` : text;
  }
}

/** 42049 becomes 42,049. */
export function grouped(number: number): string {
  return Math.round(number).toLocaleString('en-US');
}

/** Milliseconds as seconds a person reads: 2.3 s. */
export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
