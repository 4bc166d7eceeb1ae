/** A place in a charter: object keys and list positions from the root. */
export type CharterPath = readonly (string | number)[];

/** What a rule says, before it is known where that stands in the file. */
export interface Complaint {
  readonly path: CharterPath;
  /** Stable id of the rule, `<area>/<kebab-name>`; documented by its own test. */
  readonly rule: string;
  /** A sentence for the person who edits the charter. */
  readonly message: string;
  /** `publication`: a region may start, but the policy page must not be published like this. */
  readonly blocks?: 'publication';
}

/** A complaint with its place. `error` refuses the charter; `warning` is reported by the linter. */
export interface Finding {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
  readonly rule: string;
  readonly level: 'error' | 'warning';
  readonly message: string;
  readonly blocks?: 'publication';
}

/** `file:line:column rule: message`, which terminals and editors turn into a link. */
export function formatFinding({ file, line, column, rule, message }: Finding): string {
  return `${file}:${line}:${column} ${rule}: ${message}`;
}

/** A charter that cannot be used, with everything that is wrong with it. */
export class CharterError extends Error {
  override readonly name = 'CharterError';

  constructor(readonly findings: readonly Finding[]) {
    const lines = findings.map((finding) => `  ${formatFinding(finding)}`);
    super(
      `The charter is refused for ${findings.length} reason${findings.length === 1 ? '' : 's'}:\n${lines.join('\n')}`,
    );
  }
}
