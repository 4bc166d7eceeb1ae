import { z } from 'zod';
import { type ContextName, service, serviceNames } from '../caller.js';
import { f } from '../field.js';
import { operation } from '../operation.js';
import { keyFileKinds } from './key-files.js';

/** A person as the services know them: the ids of their accounts and the keyed hashes of their addresses. */
export const SubjectKeys = z.strictObject({
  ids: z.array(f.userId()).max(100),
  /** HMAC-SHA-256 lookups of verified addresses, hexadecimal. */
  lookups: z.array(f.digest()).max(100),
  /** Organizations that end with this person: everything of theirs goes too. */
  closingOrgIds: z.array(f.id('organization')).max(100),
});
export type SubjectKeys = z.output<typeof SubjectKeys>;

/** Legal holds in force at most: they are the exception. */
export const MAX_HOLDS = 500;

/** All legal holds that are in force, for a service to keep to. */
export const HoldOrder = z.strictObject({
  /** Rises with every change of the list. */
  version: f.count(),
  holds: z
    .array(
      z.strictObject({
        holdId: f.id('hold'),
        subject: SubjectKeys.omit({ closingOrgIds: true }).optional(),
        orgId: f.id('organization').optional(),
        from: f.instant().optional(),
        until: f.instant().optional(),
      }),
    )
    .max(MAX_HOLDS),
});
export type HoldOrder = z.output<typeof HoldOrder>;

/** A version of a key, as a service holds it; never its bytes. */
export const HeldKey = z.strictObject({
  version: f.keyVersion(),
  /** Whether it goes into what is made now; of another service's signing key that cannot be said. */
  inUse: f.boolean(),
  /** How many stored things can be used with this version only. */
  neededBy: f.count(),
});
export type HeldKey = z.output<typeof HeldKey>;

/**
 * The operations that every context answers because `service` gives them to it: what it holds about a person, erasing
 * that, keeping what is under a legal hold, evidence for the promise board, and taking up new versions of keys.
 */
export function contextOperations(context: ContextName) {
  return {
    exportHoldings: operation({
      name: `${context}.holdings.export`,
      summary: 'Everything this context holds about a person, table by table, in pages',
      input: z.strictObject({ subject: SubjectKeys, cursor: f.personalText(2_000).optional() }),
      output: z.strictObject({
        tables: z.array(z.strictObject({ table: f.word(), rows: z.array(f.personalJson()) })),
        next: f.personalText(2_000).optional(),
      }),
      access: service('compliance'),
    }),
    eraseHoldings: operation({
      name: `${context}.holdings.erase`,
      summary: 'Erase what this context holds about a person, as each column declares; safe to repeat',
      input: z.strictObject({ caseId: f.id('case'), subject: SubjectKeys }),
      output: z.strictObject({
        erased: z.array(z.strictObject({ table: f.word(), rows: f.count() })),
        kept: z.array(z.strictObject({ table: f.word(), rows: f.count(), reason: f.machineText(300) })),
        /** False when there is more to erase than one call does: to be called again. */
        isDone: f.boolean(),
      }),
      access: service('compliance'),
      audit: 'holdings.erased',
      deadlineMs: 30_000,
    }),
    findHoldings: operation({
      name: `${context}.holdings.find`,
      summary: 'What an erasure of the person would still find here, and what stays for which reason; changes nothing',
      input: z.strictObject({ subject: SubjectKeys }),
      output: z.strictObject({
        left: z.array(z.strictObject({ table: f.word(), rows: f.count() })),
        kept: z.array(z.strictObject({ table: f.word(), rows: f.count(), reason: f.machineText(300) })),
      }),
      access: service('compliance'),
      deadlineMs: 30_000,
    }),
    keepHolds: operation({
      name: `${context}.holds.keep`,
      summary: 'Keep to these legal holds and to no others: what is under one is neither erased nor swept',
      input: HoldOrder,
      output: z.strictObject({ version: f.count() }),
      access: service('compliance'),
      audit: 'holds.kept',
      // It waits for erasures and sweeps that are under way.
      deadlineMs: 60_000,
    }),
    evidence: operation({
      name: `${context}.probe.evidence`,
      summary: 'Answer one question of a promise probe from the live state of this context',
      input: z.strictObject({ question: f.word(), parameters: f.machineJson() }),
      output: z.strictObject({ evidence: f.machineJson() }),
      access: service('compliance'),
      deadlineMs: 30_000,
    }),
    takeUpKey: operation({
      name: `${context}.key-file.take-up`,
      summary: 'Read the file of a key anew and say which versions of it this context now holds, and which it needs',
      input: z.strictObject({ kind: f.oneOf(...keyFileKinds), owner: f.oneOf(...serviceNames) }),
      output: z.strictObject({ versions: z.array(HeldKey) }),
      access: service('operator'),
      audit: 'key-file.taken-up',
    }),
  } as const;
}
