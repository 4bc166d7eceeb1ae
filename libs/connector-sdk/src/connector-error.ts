/** Whose turn it is: `config` and `auth` need a person, `quota` and `transient` a later retry, `record` another record, `bug` us. */
export type ConnectorErrorKind = 'config' | 'auth' | 'quota' | 'transient' | 'record' | 'bug';

/** Every error a connector may raise: its kind and a sentence for the person who must act. `{…}` takes a schema identifier. */
const TEMPLATES = {
  'invalid-config': ['config', "The connection's settings are not valid."],
  'no-connector': [
    'config',
    'Records of this provider cannot be moved yet. The connection is kept; use another one in pipelines.',
  ],
  'unsupported-server': ['config', 'The server is too old or not of the expected kind.'],
  'missing-database': ['config', 'The database does not exist on the server.'],
  'missing-stream': ['config', 'Stream {stream} does not exist or the user may not see it.'],
  'missing-field': ['config', 'A selected field of {stream} does not exist any more. Discover the schema again.'],
  'incompatible-field': ['config', 'Field {field} of {stream} cannot hold the values that the mapping gives it.'],
  'incompatible-window': [
    'config',
    'The stretch to read again is not of the type of cursor {field}: say instants for times, whole numbers for numbers.',
  ],
  'replay-void': [
    'config',
    '{stream} is now read in another order than when its records were rejected. Run the pipeline instead.',
  ],
  'replaces-others': [
    'config',
    'Replacing {stream} would delete or blank records of other tables through their foreign keys. Use mode: upsert with deletes: remove, or change the keys.',
  ],
  'target-without-key': [
    'config',
    "Target {stream} has no primary key or unique constraint on the mapping's key. Add one.",
  ],
  'unsupported-mode': ['config', 'Records cannot be written to {stream} in this way. Choose another mode.'],
  'unsupported-filter': ['config', 'The source cannot leave records of {stream} out by itself. Take the filter away.'],
  'stream-changed': [
    'config',
    'Stream {stream} was changed other than by growing while it was being read. Start the run again.',
  ],
  'answer-too-large': ['config', 'An answer about {stream} is larger than the limit. Ask for smaller pages.'],
  'files-not-offered': [
    'config',
    "This region's operator offers no directory of that name for files. Choose one that is listed, or ask the operator.",
  ],
  'unsafe-path': ['config', 'A file must lie inside of the directory that the operator offers. {stream} does not.'],
  'log-not-kept': [
    'config',
    'The server keeps no log from which changes can be followed. Set wal_level to logical and restart it.',
  ],
  'no-free-slot': [
    'config',
    'Every replication slot of the server is taken. Raise max_replication_slots, or drop one that nobody needs.',
  ],
  'feed-lost': ['config', 'The source no longer keeps the changes since the last run. Read the tables anew.'],
  'not-followable': [
    'config',
    'Changes of {stream} are not in the log. Follow an ordinary table, neither unlogged nor inherited from.',
  ],
  'no-replica-identity': [
    'config',
    "The log does not tell the mapping's key for deleted records of {stream}. Make it the primary key, or set REPLICA IDENTITY to a unique index on it or to FULL.",
  ],
  'changed-field': [
    'config',
    'Field {field} of {stream} changed its type while it was followed. Discover the schema and start anew.',
  ],
  'tls-refused': ['config', 'A secure connection could not be made. Check the TLS mode and the certificate.'],
  'refused-credential': ['auth', 'The server refused the user or the password.'],
  forbidden: ['auth', 'The user lacks a permission on {stream}. Grant it and try again.'],
  'replication-forbidden': ['auth', 'The user may not follow changes. Give it the REPLICATION attribute.'],
  'publication-forbidden': [
    'auth',
    "The user may not publish the changes of {stream}. Make it the table's owner and grant it CREATE on the database, or let the owner create the feed's publication.",
  ],
  'quota-exceeded': ['quota', "The provider's limit is reached."],
  'too-many-connections': ['quota', 'The server has no free connection for this user.'],
  unreachable: ['transient', 'The server cannot be reached.'],
  'connection-lost': ['transient', 'The server closed the connection while {stream} was in progress.'],
  interrupted: ['transient', 'The server cancelled the work on {stream}.'],
  conflict: ['transient', 'Another writer changed {stream} at the same time.'],
  'feed-in-use': ['transient', 'Another connection still follows this feed.'],
  'taken-over': ['transient', 'Another attempt goes on with {stream}.'],
  'out-of-space': ['transient', 'The server has no disk space or memory left.'],
  'malformed-answer': ['transient', 'An answer about {stream} was cut off or is not in the form that is documented.'],
  'cast-failed': ['record', 'A value of field {field} of {stream} cannot be cast as the mapping asks.'],
  'record-refused': ['record', 'The target refused a record of {stream}.'],
  'record-malformed': ['record', 'Record {record} of {stream} is not in the form that the stream has.'],
  'record-too-large': ['record', 'A record of {stream} is larger than the limit.'],
  'too-many-refused': ['record', 'More records of {stream} were refused than the limit allows.'],
  'too-many-changed': [
    'record',
    'More records of {stream} would change than the limit allows. Look at the source; then start the run with the changes accepted.',
  ],
  'too-many-deleted': [
    'record',
    'More records of {stream} would be deleted than the limit allows. Look at the source; then start the run with the changes accepted.',
  ],
  'unsorted-keys': [
    'config',
    'The two sides sort the keys of {stream} differently, so deletions cannot be found. Use read: changes, or deletes: keep.',
  ],
  'protocol-violation': ['bug', 'The server answered {stream} in a way that the connector does not understand.'],
  unexpected: ['bug', 'The connector met an error on {stream} that it does not know.'],
} as const satisfies Record<string, readonly [ConnectorErrorKind, string]>;

export type ConnectorErrorCode = keyof typeof TEMPLATES;

export interface ConnectorErrorDetails {
  /** Schema identifiers only; never a value. */
  readonly stream?: string;
  readonly field?: string;
  /** Which record of the stream, counted from 1. */
  readonly record?: number;
  /** Name of the constraint that refused, a schema identifier. */
  readonly constraint?: string;
  /** The five characters of SQLSTATE, where the system has one. */
  readonly sqlState?: string;
  readonly retryAfterMs?: number;
}

/**
 * The only error that leaves a connector. Its message comes from a template and never from upstream, since an upstream
 * message can quote a value; for the same reason it carries no cause.
 */
export class ConnectorError extends Error {
  override readonly name = 'ConnectorError';
  readonly kind: ConnectorErrorKind;

  constructor(
    readonly code: ConnectorErrorCode,
    readonly details: ConnectorErrorDetails = {},
  ) {
    const [kind, template] = TEMPLATES[code];
    super(fill(template, details) + (details.sqlState ? ` (SQLSTATE ${details.sqlState})` : ''));
    this.kind = kind;
  }

  /** Whether the same work may succeed later without anybody doing anything. */
  get retryable(): boolean {
    return this.kind === 'transient' || this.kind === 'quota';
  }
}

function fill(template: string, { stream, field, record }: ConnectorErrorDetails): string {
  return template
    .replace('Record {record}', record === undefined ? 'A record' : `Record ${record}`)
    .replace('{stream}', stream ? `"${stream}"` : 'the stream')
    .replace('{field}', field ? `"${field}"` : 'of the record');
}
