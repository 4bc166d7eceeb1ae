/** One thing that was wrong with an input: where (JSON Pointer) and what to do about it. */
export interface Fault {
  /** RFC 6901 JSON Pointer into the input; the empty string means the whole input. */
  readonly path: string;
  /** A sentence for the person who must act. It never repeats the offending value. */
  readonly message: string;
}

/** A kind of error with a stable code; declared once per context in `contracts`. */
export interface ProblemKind<Code extends string = string> {
  /** Stable code, `<context>.<kebab-case>`; the problem's `type` is `/problems/<code>`. */
  readonly code: Code;
  /** HTTP status (RFC 9110) that the edge answers with. */
  readonly status: number;
  /** What went wrong, the same for every occurrence. */
  readonly title: string;
  /** What the person can do about it, the same for every occurrence. */
  readonly help: string;
}

/** The body of an error answer: RFC 9457 `application/problem+json`. */
export interface ProblemDocument {
  readonly type: string;
  readonly code: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly errors?: readonly Fault[];
  readonly retryAfterSeconds?: number;
  readonly requestId?: string;
}

export interface ProblemDetails {
  /** A sentence about this occurrence; without it the kind's `help` is shown. Never holds a value of the input. */
  readonly detail?: string;
  readonly errors?: readonly Fault[];
  /** Seconds after which a retry makes sense. */
  readonly retryAfterSeconds?: number;
  readonly cause?: unknown;
}

/** An error that a caller may see, over HTTP and over NATS alike. Every other error is shown as `kernel.internal`. */
export class Problem extends Error {
  override readonly name = 'Problem';

  constructor(
    readonly kind: ProblemKind,
    readonly details: ProblemDetails = {},
  ) {
    super(`${kind.code}: ${details.detail ?? kind.title}`, { cause: details.cause });
  }

  get code(): string {
    return this.kind.code;
  }

  get status(): number {
    return this.kind.status;
  }

  toDocument(requestId?: string): ProblemDocument {
    const { errors, retryAfterSeconds } = this.details;
    return {
      type: `/problems/${this.kind.code}`,
      code: this.kind.code,
      title: this.kind.title,
      status: this.kind.status,
      detail: this.details.detail ?? this.kind.help,
      ...(errors?.length ? { errors } : {}),
      ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
      ...(requestId ? { requestId } : {}),
    };
  }

  /** Restores a problem that travelled as a document. */
  static fromDocument(document: ProblemDocument): Problem {
    const { code, status, title, detail, errors, retryAfterSeconds } = document;
    return new Problem({ code, status, title, help: detail }, { detail, errors, retryAfterSeconds });
  }
}

/** Declares a kind of problem. See {@link ProblemKind} for the meaning of each field. */
export function problem<const Code extends string>(
  code: Code,
  status: number,
  title: string,
  help: string,
): ProblemKind<Code> {
  return { code, status, title, help };
}
