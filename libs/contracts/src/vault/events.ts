import { event } from '../event.js';
import { f } from '../field.js';

export const connectionRevoked = event('vault.connection.revoked', 1, {
  orgId: f.id('organization'),
  connectionId: f.id('connection'),
  reason: f.oneOf('user', 'provider', 'erasure'),
});
