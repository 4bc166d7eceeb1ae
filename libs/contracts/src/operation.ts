import type { ProblemKind } from '@millrace/kernel';
import { z } from 'zod';
import { type Access, type ContextName, contextNames, type ServiceName } from './caller.js';
import { f, leavesOf, secretPaths } from './field.js';

export type HttpMethod = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export interface HttpBinding {
  readonly method: HttpMethod;
  /** Path with `{parameter}` segments; each names a field of the input. */
  readonly path: string;
  /** Other paths that answer the same; a trailing slash is always accepted. */
  readonly aliases?: readonly string[];
  /** Status of success. Default 200. */
  readonly status?: number;
  /** `start`: the output's `session` becomes the session cookie and is taken out of the body. `end`: the cookies are cleared. */
  readonly session?: 'start' | 'end';
  /** The gateway says in the input's `device` which browser or tool asks; whatever the caller says there is refused. */
  readonly device?: true;
  /** The gateway says in the input's `browser` which browser asks, by the hash of its session cookie; a caller cannot. */
  readonly browser?: true;
  /** The answer is an event stream: the output first, then what is published on `live.<org>.<topic>.<id>` until a final event. */
  readonly live?: { readonly topic: string; readonly id: string };
  /**
   * The answer is a JSON document of this shape that may be too large for one message: the output is its first part, and
   * `rest` gives those that follow. The gateway sends them as they come.
   */
  readonly inParts?: { readonly shape: z.ZodType; readonly rest: Operation };
  /**
   * The answer is a signed ZIP of everything that is held about the caller: the output is the first part of its lines (a
   * `BundleHead`, then `BundleRows`), `rest` gives those that follow, and `sign` signs the manifest of what was sent.
   */
  readonly bundle?: { readonly rest: Operation; readonly sign: Operation };
  /** The output has one field, `text`, and is sent as this media type instead of JSON. */
  readonly mediaType?: string;
}

export interface Operation<I extends z.ZodType = z.ZodType, O extends z.ZodType = z.ZodType> {
  /** `<context>.<thing>.<verb>`; the NATS subject is `op.<name>`. */
  readonly name: string;
  /** One sentence for the API's reader. */
  readonly summary: string;
  readonly http?: HttpBinding;
  /** Unknown keys are refused. */
  readonly input: I;
  readonly output: O;
  readonly access: Access;
  /** The ledger event that a success leaves; null for reads and for acts that another entry covers. */
  readonly audit: string | null;
  /** Cannot be taken back: a user must have shown who they are within the last ten minutes (`isConfirmed`). Default false. */
  readonly stepUp: boolean;
  /** A user acts in another organization than that of their session: joins, opens or enters one. Default false. */
  readonly elsewhere: boolean;
  /** The problems it can answer with besides those that every operation can. */
  readonly errors: readonly ProblemKind[];
  /** Milliseconds that a caller waits for the answer. Default 5,000. */
  readonly deadlineMs: number;
  /** What serves it, when that is not the service of the context: the sync worker. */
  readonly servedBy?: ServiceName;
  /**
   * The secrets of the input (every leaf made by `f.secret()`) travel sealed to this context's own key, so that nothing
   * between the edge and the context ever holds them in clear; a call that brings them otherwise is refused. The handler
   * sees the input as it is declared. Must be the context that serves the operation.
   */
  readonly sealedTo?: ContextName;
}

export type Input<Op extends Operation> = z.output<Op['input']>;
export type Output<Op extends Operation> = z.output<Op['output']>;

const DEFAULT_DEADLINE_MS = 5_000;
const NAME = /^[a-z-]+(\.[a-z-]+)+$/;

type Defaulted = 'errors' | 'deadlineMs' | 'audit' | 'stepUp' | 'elsewhere';
type Declaration<I extends z.ZodType, O extends z.ZodType> = Omit<Operation<I, O>, Defaulted> &
  Partial<Pick<Operation, Defaulted>>;

/**
 * Declares an operation: the one place that gives the gateway its route, OpenAPI its description, NATS its subject and
 * permission, both sides their validation, the ledger its entry and clients their types.
 * @throws Error when the name is malformed, a field of the input or output has no classification, or `sealedTo` names
 * another context than the one that serves it or an input without secrets.
 */
export function operation<I extends z.ZodType, O extends z.ZodType>(declaration: Declaration<I, O>): Operation<I, O> {
  const { name, input, output } = declaration;
  if (!NAME.test(name) || !contextNames.includes(contextOf(name)))
    throw new Error(`Operation name ${name} is malformed`);
  for (const [side, schema] of [
    ['input', input],
    ['output', output],
  ] as const) {
    const unknown = leavesOf(schema).filter((leaf) => !leaf.kind);
    if (unknown.length) throw new Error(`${name}: ${side}${unknown[0]!.path} has no field kind; build it with f.…`);
  }
  if (declaration.sealedTo !== undefined) assertSealable(declaration);
  return { errors: [], deadlineMs: DEFAULT_DEADLINE_MS, audit: null, stepUp: false, elsewhere: false, ...declaration };
}

function assertSealable({ name, input, sealedTo, servedBy }: Declaration<z.ZodType, z.ZodType>): void {
  if (sealedTo !== (servedBy ?? contextOf(name)))
    throw new Error(`${name}: secrets can be sealed to whoever serves it only, not to ${sealedTo}`);
  if (secretPaths(input).length === 0) throw new Error(`${name}: sealed to ${sealedTo}, yet its input has no secret`);
}

/** The context that an operation belongs to: the first word of its name. */
export function contextOf(name: string): ContextName {
  return name.slice(0, name.indexOf('.')) as ContextName;
}

/** Whatever serves an operation: its context's service unless it says otherwise. */
export function serverOf(op: Operation): ServiceName {
  return op.servedBy ?? contextOf(op.name);
}

export function subjectOf(op: Operation): string {
  return `op.${op.name}`;
}

type BindingOptions = Omit<HttpBinding, 'method' | 'path'>;
const binding =
  (method: HttpMethod) =>
  (path: string, options: BindingOptions = {}): HttpBinding => ({ method, path, ...options });
export const get = binding('GET');
export const post = binding('POST');
export const put = binding('PUT');
export const patch = binding('PATCH');
export const del = binding('DELETE');

/** A part of an answer that is sent {@link HttpBinding.inParts}, or as a {@link HttpBinding.bundle}. */
export const Part = z.strictObject({
  /** The next bytes of the document in UTF-8, base64. */
  part: f.personalText(1_000_000),
  /** What to ask for the part that follows; absent with the last one. */
  next: f.personalText(4_000).optional(),
});
export type Part = z.output<typeof Part>;

/** Nothing in, or nothing out. */
export const Nothing = z.strictObject({});
