import { z } from 'zod';
import { service } from '../caller.js';
import { f } from '../field.js';
import { operation } from '../operation.js';

/** At most this many keys on a page of {@link listKeys}. */
export const KEYS_PER_PAGE = 200;

/**
 * How far the rotation of one organization's key is.
 * - `requested`: the new version is still to be made
 * - `re-wrapping`: envelopes are being wrapped under the new version
 * - `finished`: every envelope is, and older versions decrypt nothing any more
 * - `incomplete`: some envelopes could not be read; older versions stay in use
 */
export const keyRotationStates = ['requested', 're-wrapping', 'finished', 'incomplete'] as const;

export const KeyRotation = z.strictObject({
  rotationId: f.id('key-rotation'),
  organizations: f.count(),
  /** Organizations whose rotation has come to an end, whatever end. */
  ended: f.count(),
  incomplete: f.count(),
  /** Envelopes that there were when each organization's turn came; 0 before. */
  envelopes: f.count(),
  /** Envelopes that were wrapped anew, those made or found twice included. */
  rewrapped: f.count(),
  unreadable: f.count(),
});
export type KeyRotation = z.output<typeof KeyRotation>;

export const rotateKeys = operation({
  name: 'vault.key.rotate',
  summary:
    'Give an organization, or every one, a new version of its key and wrap all its secrets anew, while work goes on',
  input: z.strictObject({ orgId: f.id('organization').optional() }),
  output: KeyRotation,
  access: service('operator'),
  audit: 'organization-key.rotation-requested',
});

export const readKeyRotation = operation({
  name: 'vault.key-rotation.read',
  summary: 'How far a rotation of keys is',
  input: z.strictObject({ rotationId: f.id('key-rotation') }),
  output: KeyRotation,
  access: service('operator'),
});

export const listKeys = operation({
  name: 'vault.key.list',
  summary:
    'The key of each organization: its version, its minimum decryption version, its last rotation; never its bytes',
  input: z.strictObject({ orgId: f.id('organization').optional(), after: f.id('organization').optional() }),
  output: z.strictObject({
    /** By organization. */
    keys: z
      .array(
        z.strictObject({
          orgId: f.id('organization'),
          currentVersion: f.count(),
          minimumDecryptionVersion: f.count(),
          rotatedAt: f.instant(),
          rotation: f.oneOf(...keyRotationStates).optional(),
        }),
      )
      .max(KEYS_PER_PAGE),
    /** Ask again with this as `after`; absent on the last page. */
    next: f.id('organization').optional(),
  }),
  access: service('operator'),
});
