import type { Secret } from '@millrace/kernel';
import { connect, type NatsConnection, type TlsOptions } from 'nats';

export interface NatsOptions {
  readonly servers: readonly string[];
  readonly user: string;
  readonly password: Secret;
  readonly tls?: TlsOptions;
}

const RECONNECT_WAIT_MS = 200;

/** Connects a service; waits for a server that is not up yet and reconnects for ever. Replies come to `_INBOX.<user>`. */
export function connectNats(options: NatsOptions): Promise<NatsConnection> {
  return connect({
    servers: [...options.servers],
    user: options.user,
    pass: options.password.reveal(),
    name: options.user,
    inboxPrefix: `_INBOX.${options.user}`,
    maxReconnectAttempts: -1,
    reconnectTimeWait: RECONNECT_WAIT_MS,
    waitOnFirstConnect: true,
    ...(options.tls ? { tls: options.tls } : {}),
  });
}
