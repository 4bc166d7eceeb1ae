import { type Output, Terminal } from './terminal.js';

/** How one command speaks: for a person, or as one JSON document for a machine. */
export interface Console {
  readonly isJson: boolean;
  /** For a person. Silent when the command speaks JSON. */
  readonly terminal: Terminal;
  /** The document that a machine gets; the last thing on standard output. */
  result(document: unknown): void;
}

const SILENCE: Output = { write: () => true };

export function createConsole(isJson: boolean): Console {
  const colour =
    process.stdout.isTTY === true && process.env['NO_COLOR'] === undefined && process.env['TERM'] !== 'dumb';
  return {
    isJson,
    terminal: isJson ? new Terminal(SILENCE) : new Terminal(process.stdout, colour),
    result: (document) => {
      if (isJson) process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
    },
  };
}
