import { plain, table } from '@millrace/privacy';

/** Every cookie name that an answer of this region ever carried; what the promise about cookies is held against. */
export const cookiesSeen = table(
  'cookie_seen',
  { name: plain.word(100, { primary: true }), firstSeenAt: plain.instant(), lastSeenAt: plain.instant() },
  { guards: [], regionPrivileges: ['select', 'insert', 'update'], retention: { livesWith: 'the database' } },
);
