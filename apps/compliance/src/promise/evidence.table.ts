import { plain, table } from '@millrace/privacy';
import type { Evidence } from '../probe/probe.js';

/** What the probes found, each time they ran. Promises that ask the same probe with the same parameters share a row. */
export const evidence = table(
  'evidence',
  {
    id: plain.uuid({ primary: true }),
    probe: plain.word(64),
    /** SHA-256 of the parameters' canonical JSON, hexadecimal. */
    parametersDigest: plain.word(64),
    /** The charter in force then: what was found under another one proves nothing about this one. */
    charterDigest: plain.word(64),
    state: plain.oneOf(['kept', 'broken', 'unproven']),
    reason: plain.word(1000),
    evidence: plain.json<Evidence>(),
    at: plain.instant(),
  },
  {
    guards: [],
    regionPrivileges: ['select', 'insert', 'delete'],
    retention: { rule: 'evidence', from: 'at' },
    indexes: [['charterDigest', 'probe', 'parametersDigest', 'at'], ['at']],
  },
);
