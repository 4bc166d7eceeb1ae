import { z } from 'zod';
import { type ContextName, service } from '../caller.js';
import { f } from '../field.js';
import { operation } from '../operation.js';

/** A person as the services know them: the ids of their accounts and the keyed hashes of their addresses. */
export const SubjectKeys = z.strictObject({
  ids: z.array(f.userId()).max(100),
  /** HMAC-SHA-256 lookups of verified addresses, hexadecimal. */
  lookups: z.array(f.digest()).max(100),
  /** Organizations that end with this person: everything of theirs goes too. */
  closingOrgIds: z.array(f.id('organization')).max(100),
});
export type SubjectKeys = z.output<typeof SubjectKeys>;

/**
 * The operations that every context answers because `service` gives them to it: what it holds about a person, erasing
 * that, and evidence for the promise board.
 */
export function contextOperations(context: ContextName) {
  return {
    exportHoldings: operation({
      name: `${context}.holdings.export`,
      summary: 'Everything this context holds about a person, table by table, in pages',
      input: z.strictObject({ subject: SubjectKeys, cursor: f.word(200).optional() }),
      output: z.strictObject({
        tables: z.array(z.strictObject({ table: f.word(), rows: z.array(f.personalJson()) })),
        next: f.word(200).optional(),
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
      }),
      access: service('compliance'),
      audit: 'holdings.erased',
      deadlineMs: 30_000,
    }),
    evidence: operation({
      name: `${context}.probe.evidence`,
      summary: 'Answer one question of a promise probe from the live state of this context',
      input: z.strictObject({ question: f.word(), parameters: f.machineJson() }),
      output: z.strictObject({ evidence: f.machineJson() }),
      access: service('compliance'),
      deadlineMs: 30_000,
    }),
  } as const;
}
