import { event } from '../event.js';
import { f } from '../field.js';
import { connectionHealths } from './providers.js';

export const connectionRevoked = event('vault.connection.revoked', 1, {
  orgId: f.id('organization'),
  connectionId: f.id('connection'),
  reason: f.oneOf('user', 'provider', 'erasure'),
});

/** A connection stopped working and needs somebody to connect it again. */
export const connectionUnhealthy = event('vault.connection.unhealthy', 1, {
  orgId: f.id('organization'),
  connectionId: f.id('connection'),
  health: f.oneOf(...connectionHealths),
});
