import { ConnectorError, type ConnectorErrorCode, type ConnectorErrorDetails } from '@millrace/connector-sdk';

/** SQLSTATE (PostgreSQL documentation, appendix A) to code; longer prefixes win over their class of two characters. */
const BY_STATE: Record<string, ConnectorErrorCode> = {
  '08': 'connection-lost',
  '0A000': 'incompatible-field',
  '21000': 'conflict',
  '22': 'record-refused',
  '23': 'record-refused',
  '25006': 'forbidden',
  '28': 'refused-credential',
  '3D000': 'missing-database',
  '3F000': 'missing-stream',
  '40': 'conflict',
  '42501': 'forbidden',
  '42703': 'missing-field',
  '42P01': 'missing-stream',
  '42804': 'incompatible-field',
  '42846': 'incompatible-field',
  '42883': 'incompatible-field',
  '42P10': 'target-without-key',
  '53300': 'too-many-connections',
  '53': 'out-of-space',
  '54': 'record-refused',
  '55P03': 'conflict',
  '57P': 'connection-lost',
  '57': 'interrupted',
  P0: 'record-refused',
};

/** What an error of the `pg` package may carry; `message` and `detail` are left alone, since they quote values. */
interface UpstreamError {
  readonly code?: string;
  readonly column?: string;
  readonly constraint?: string;
}

/** An error that PostgreSQL raised, or the loss of the connection, as a connector error. Others (our own mistakes, a guard's refusal) pass. */
export function translateError(error: unknown, stream?: string): Error {
  if (error instanceof ConnectorError) return error;
  const state = sqlState(error);
  if (!state) return isConnectionLoss(error) ? new ConnectorError('connection-lost', { stream }) : (error as Error);
  return new ConnectorError(codeOf(state), { ...names(error), stream, sqlState: state });
}

/** What the sockets of Node and the `pg` package say when a connection breaks. */
function isConnectionLoss(error: unknown): boolean {
  const { code, syscall, message } = error as { code?: string; syscall?: string; message?: string };
  if (syscall !== undefined || code === 'ERR_STREAM_DESTROYED' || code === 'ERR_STREAM_PREMATURE_CLOSE') return true;
  return /^Connection terminated|^Client has encountered a connection error|^Client was closed|ended by the other party/.test(
    message ?? '',
  );
}

/** An error of the connecting phase. */
export function translateConnectError(error: unknown): Error {
  if (error instanceof ConnectorError) return error;
  const state = sqlState(error);
  if (state) return new ConnectorError(codeOf(state), { sqlState: state });
  const { code, message } = error as { code?: string; message?: string };
  const secure = /SSL|certificate|altname|self.signed|UNABLE_TO_|CERT_|TLS/i.test(`${code} ${message}`);
  return new ConnectorError(secure ? 'tls-refused' : 'unreachable');
}

/** The SQLSTATE of an error that the server raised; undefined for everything else. */
export function sqlState(error: unknown): string | undefined {
  const code = (error as UpstreamError | undefined)?.code;
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) && 'severity' in (error as object) ? code : undefined;
}

/** Schema identifiers that an error names. */
export function names(error: unknown): ConnectorErrorDetails {
  const { column, constraint } = error as UpstreamError;
  return { ...(column ? { field: column } : {}), ...(constraint ? { constraint } : {}) };
}

function codeOf(state: string): ConnectorErrorCode {
  return BY_STATE[state] ?? BY_STATE[state.slice(0, 3)] ?? BY_STATE[state.slice(0, 2)] ?? 'unexpected';
}
