import { plain, secret, table } from '@millrace/privacy';

/**
 * - `field-hash`: hashes fields and fingerprints records; leased to workers
 * - `sync-state`: seals bounds and checkpoints; opened by sync
 */
export const dataKeyPurposes = ['field-hash', 'sync-state'] as const;
export type DataKeyPurpose = (typeof dataKeyPurposes)[number];

/** A key of an organization for one purpose, wrapped under the organization's own key. It goes when the organization closes. */
export const dataKeys = table(
  'data_key',
  {
    id: plain.uuid({ primary: true }),
    orgId: plain.tenant(),
    purpose: plain.oneOf(dataKeyPurposes),
    /** From 1. Of `field-hash` there is never another: stored hashes, and the joins over them, depend on it. */
    version: plain.integer(),
    wrapped: secret.envelope({ retention: 'organization', boundTo: ['orgId', 'purpose', 'id'] }),
    createdAt: plain.instant(),
  },
  {
    guards: [{ tenant: true }],
    appPrivileges: ['select', 'insert'],
    unique: [['orgId', 'purpose', 'version']],
    retention: { livesWith: 'the organization: its closing deletes it' },
  },
);
