/** Every way in which this library refuses; closed, so that a caller can switch over it. */
export const LEDGER_ERROR_CODES = [
  'checkpoint-inconsistent',
  'checkpoint-malformed',
  'entry-invalid',
  'hashes-missing',
  'key-malformed',
  'leaf-malformed',
  'leaf-not-canonical',
  'note-malformed',
  'note-unsigned',
  'proof-impossible',
  'state-malformed',
  'statement-malformed',
] as const;

export type LedgerErrorCode = (typeof LEDGER_ERROR_CODES)[number];

/** A refusal by this library; `code` says which. Messages name fields and rules, never values. */
export class LedgerError extends Error {
  override readonly name = 'LedgerError';

  constructor(
    readonly code: LedgerErrorCode,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}

/** Whether `error` is a {@link LedgerError}, optionally with one of the given codes. */
export function isLedgerError(error: unknown, ...codes: LedgerErrorCode[]): error is LedgerError {
  return error instanceof LedgerError && (codes.length === 0 || codes.includes(error.code));
}
