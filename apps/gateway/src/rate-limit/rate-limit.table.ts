import { plain, table } from '@millrace/privacy';

/**
 * How often an address did something within a window. The address is a keyed hash whose key changes every day, so a row
 * names nobody and cannot be joined to the next day's. A crash may empty the table: it holds counters only.
 */
export const rateLimits = table(
  'rate_limit',
  {
    bucket: plain.word(40, { primary: true }),
    fingerprint: plain.bytes({ primary: true }),
    windowStart: plain.instant({ primary: true }),
    requests: plain.integer(),
  },
  {
    guards: [],
    regionPrivileges: ['select', 'insert', 'update', 'delete'],
    retention: { rule: 'rate-limit', from: 'windowStart' },
    indexes: [['windowStart']],
    unlogged: true,
  },
);
