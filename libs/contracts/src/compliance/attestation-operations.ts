import { z } from 'zod';
import { any, service, staff } from '../caller.js';
import { f } from '../field.js';
import { get, operation } from '../operation.js';
import { complianceProblems } from '../problems.js';

/** The first line of an attestation, before its JSON. */
export const ATTESTATION_KIND = 'millrace/attestation/v1';
/** Longest period that one attestation speaks of, in days. */
export const MAX_ATTESTED_DAYS = 400;

const AttestedPromise = z.strictObject({
  id: f.word(),
  text: f.machineText(2_000),
  /**
   * - `throughout`: every look found it kept, and no two of them, nor the ends of the period, lay further apart than the charter
   *   allows evidence to be old
   * - `when-looked-at`: every look found it kept, with longer gaps
   * - `not-throughout`: a look found it broken, or could not tell
   * - `unproven`: nobody looked, or nothing live can show it
   */
  kept: f.oneOf('throughout', 'when-looked-at', 'not-throughout', 'unproven'),
  /** How often the region was asked about it, and with which outcome. */
  looks: z.strictObject({ kept: f.count(), broken: f.count(), unproven: f.count() }),
  firstAt: f.instant().optional(),
  lastAt: f.instant().optional(),
  /** Looks that found it broken, the latest at most. */
  brokenAt: z.array(f.instant()).max(20),
});

/** What a region says about its promises over a period; see `readStatement` of the ledger for how it is signed. */
export const Attestation = z.strictObject({
  region: f.word(),
  charter: f.word(),
  version: f.word(),
  /** SHA-256 of the charter; nothing that was found under another one counts. */
  charterDigest: f.digest(),
  from: f.instant(),
  until: f.instant(),
  madeAt: f.instant(),
  /** The ledger at that moment: each verification’s digest is in it, so that what was found cannot be made up later. */
  checkpoint: f.machineText(4_096),
  promises: z.array(AttestedPromise).max(1_000),
});
export type Attestation = z.output<typeof Attestation>;

export const attestPromises = operation({
  name: 'compliance.promises.attest',
  summary: 'A signed statement of how the promises stood over a period, which anybody can verify without this region',
  http: get('/api/v1/staff/attestation'),
  input: z.strictObject({ from: f.instant(), until: f.instant() }),
  /** A C2SP signed note: {@link ATTESTATION_KIND}, the JSON of an {@link Attestation}, and the ledger’s signature. */
  output: z.strictObject({ attestation: f.machineText(800_000) }),
  access: any(service('operator'), staff('officer')),
  audit: 'promises.attested',
  errors: [complianceProblems.periodNotAttested],
  deadlineMs: 30_000,
});
