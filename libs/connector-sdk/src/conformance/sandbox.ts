import type { ConnectorDefinition, Dial } from '../connector.js';
import type { FileRoot } from '../file/file-root.js';
import type { CellKind } from '../schema/cell-kind.js';

/**
 * What a connector says that it can do; a behaviour applies when the connector has all that it needs. A capability that
 * is declared is a promise: its behaviours must pass.
 *
 * - `source`, `target`: what the connector can be.
 * - `key-order`: reads in the order of a key. `own-order`: reads in an order of its own and finds a place again.
 * - `cursor`: reads what is at or after a cursor's value. `filter`: leaves records out by itself.
 * - `request-projection`: an unselected field never leaves the source.
 * - `estimates`: says how many records there are. `counts-writes`: tells inserted, updated and unchanged records apart.
 * - `append`, `upsert`, `update`, `replace`: the modes of writing. `closed-modes`: refuses all others.
 * - `network`: speaks over the session's dialler. `http`: and over HTTP, so that the sandbox can break answers.
 * - `refresh`: renews an expired token. `credential`: proves who we are.
 * - `grows`: the sandbox can add records to a stream. `rewrites`: it can change what was read already.
 */
export type Capability =
  | 'source'
  | 'target'
  | 'key-order'
  | 'own-order'
  | 'cursor'
  | 'filter'
  | 'request-projection'
  | 'estimates'
  | 'counts-writes'
  | 'append'
  | 'upsert'
  | 'update'
  | 'replace'
  | 'closed-modes'
  | 'network'
  | 'http'
  | 'refresh'
  | 'credential'
  | 'grows'
  | 'rewrites';

/** A value in its exact text form, as `cellText` gives it, or null. */
export type Value = string | null;
export type Row = readonly Value[];

export interface FieldSpec {
  readonly name: string;
  readonly kind: CellKind;
  /** Default false. */
  readonly nullable?: boolean;
}

/** A stream as the sandbox is asked to make it. The key's fields are never null. */
export interface StreamSpec {
  readonly fields: readonly FieldSpec[];
  readonly key: readonly string[];
  readonly rows: readonly Row[];
}

/** A stream with one field of a type that only this system has, and how the system shows its values. */
export interface OwnType {
  readonly type: string;
  readonly values: readonly string[];
}

/** How the next answers of an HTTP server are broken, once each. */
export type Fault =
  | { readonly kind: 'expired' }
  | { readonly kind: 'limited'; readonly retryAfterSeconds: number }
  | { readonly kind: 'cut-body' }
  | { readonly kind: 'cut-json' }
  | { readonly kind: 'garbage'; readonly text: string }
  | { readonly kind: 'failing' }
  | { readonly kind: 'misdirecting'; readonly url: string };

/**
 * A system of the connector's kind that a test may do with as it likes. Everything that a behaviour knows of the system
 * it knows through this. Names given by `create` are never used twice.
 */
export interface Sandbox {
  /** The connector under test, for the streams that exist now. */
  readonly connector: ConnectorDefinition<unknown, unknown>;
  /** Settings and credential as a person would give them. */
  readonly config: unknown;
  readonly credential: unknown;
  readonly dial: Dial;
  readonly files?: FileRoot;
  /** Kinds of field that a stream of this system can have. */
  readonly kinds: readonly CellKind[];
  /** Makes a stream and gives the name by which the connector knows it. */
  create(spec: StreamSpec): Promise<string>;
  /** Adds records behind those that are there. Needed for `grows`. */
  insert?(stream: string, rows: readonly Row[]): Promise<void>;
  /** Changes the first record to something else. Needed for `rewrites`. */
  rewrite?(stream: string): Promise<void>;
  drop(stream: string): Promise<void>;
  /** Makes a stream with a key `id` and a field `value` of the type, one record per value, and an empty target like it. */
  createOwn?(type: OwnType): Promise<{
    readonly stream: string;
    readonly target: { readonly schema: string; readonly name: string };
  }>;
  readonly ownTypes?: readonly OwnType[];
  /** A target that does not exist yet. */
  target(): { readonly schema: string; readonly name: string };
  /** The named columns of a target's records, ordered by all of them as text; undefined when there is no such target. */
  readBack?(target: { schema: string; name: string }, columns: readonly FieldSpec[]): Promise<Row[] | undefined>;
  /** A credential that the system refuses. Needed for `credential`. */
  readonly wrongCredential?: unknown;
  /** Breaks the next answer, or with `times` so many of them. Needed for `http`. */
  break?(fault: Fault, times?: number): void;
  /** Requests that the server has answered so far. Needed for `http`. */
  readonly requests?: number;
  dispose(): Promise<void>;
}
