import { keyRotationStates } from '@millrace/contracts';
import { plain, table } from '@millrace/privacy';

/** The rotation of one organization's key, and how far it is: what a vault that starts again goes on from. */
export const keyRotations = table(
  'key_rotation',
  {
    id: plain.uuid({ primary: true }),
    /** What the operator asked for at once: one organization or all. */
    rotationId: plain.uuid(),
    orgId: plain.tenant(),
    state: plain.oneOf(keyRotationStates),
    /** The current version when the rotation was asked for: a higher one later means that the new version is made. */
    fromVersion: plain.integer(),
    requestedAt: plain.instant(),
    rotatedAt: plain.instant({ nullable: true }),
    endedAt: plain.instant({ nullable: true }),
    /** Counts what was saved: of two vault processes that did the same step, one moves the rotation on. */
    step: plain.integer(),
    /** Where the pass over the envelopes is: the field's place in the declarations and the last row's id. */
    field: plain.integer(),
    after: plain.uuid({ nullable: true }),
    /** When this pass began or is to begin. */
    passFrom: plain.instant(),
    /** Envelopes under an older version that this pass has met. A pass that meets none is the last. */
    foundInPass: plain.integer(),
    envelopes: plain.integer(),
    rewrapped: plain.integer(),
    /** Of this pass. */
    unreadable: plain.integer(),
  },
  {
    guards: [{ tenant: true }],
    appPrivileges: ['select', 'insert'],
    unique: [['rotationId', 'orgId']],
    indexes: [['state', 'passFrom']],
    retention: { livesWith: 'the organization: its closing deletes it' },
  },
);
