import { ConnectorError, type ConnectorErrorCode } from '@millrace/connector-sdk';
import { sqlState, translateError } from '../translate-error.js';

/** SQLSTATE of what goes wrong with a replication slot; elsewhere some of them mean something else. */
const SLOT_STATES: Record<string, ConnectorErrorCode> = {
  '42501': 'replication-forbidden',
  '53400': 'no-free-slot',
  '55006': 'feed-in-use',
  // The slot was invalidated, the segment removed, or the slot or its publication dropped.
  '55000': 'feed-lost',
  '58P01': 'feed-lost',
  '42704': 'feed-lost',
};

/** What the server says while a slot is made, read or dropped, as a connector error. */
export function translateSlotError(error: unknown, stream?: string): Error {
  const state = sqlState(error);
  const code = state && SLOT_STATES[state];
  return code ? new ConnectorError(code, { sqlState: state }) : translateError(error, stream);
}
