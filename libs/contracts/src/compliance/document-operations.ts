import { z } from 'zod';
import { any, service, staff } from '../caller.js';
import { f } from '../field.js';
import { get, Nothing, operation, post } from '../operation.js';
import { complianceProblems, kernelProblems } from '../problems.js';

/**
 * - `missing`: none was ever supplied
 * - `in-date`: the newest one holds
 * - `due-soon`: it holds for less than {@link DUE_SOON_DAYS} days more
 * - `expired`: it holds no longer, and no other was supplied
 */
export const documentStates = ['missing', 'in-date', 'due-soon', 'expired'] as const;

/** Days before its end from which a document is said to be due soon. */
export const DUE_SOON_DAYS = 30;

export const OperatorDocument = z.strictObject({
  /** Its id in the charter. */
  documentId: f.word(),
  title: f.machineText(120),
  state: f.oneOf(...documentStates),
  /** SHA-256 of the newest one: the document itself stays with the operator. */
  digest: f.digest().optional(),
  issuedAt: f.instant().optional(),
  /** Absent where it holds without an end. */
  expiresAt: f.instant().optional(),
  suppliedAt: f.instant().optional(),
});
export type OperatorDocument = z.output<typeof OperatorDocument>;

const officer = any(service('operator'), staff('officer'));

export const listDocuments = operation({
  name: 'compliance.document.list',
  summary: 'The documents that the charter rests on, and how long the newest of each holds',
  http: get('/api/v1/staff/documents'),
  input: Nothing,
  output: z.strictObject({ documents: z.array(OperatorDocument) }),
  access: officer,
});

export const supplyDocument = operation({
  name: 'compliance.document.supply',
  summary: 'Note that a document of the charter exists, by its digest, and until when it holds',
  http: post('/api/v1/staff/documents/{documentId}', { status: 201 }),
  input: z.strictObject({
    documentId: f.word(),
    /** SHA-256 of the file. */
    digest: f.digest(),
    issuedAt: f.instant(),
    /** An end of its own; it holds no longer than the charter's `renew` in any case. */
    expiresAt: f.instant().optional(),
  }),
  output: OperatorDocument,
  access: officer,
  audit: 'document.supplied',
  stepUp: true,
  errors: [kernelProblems.notFound, complianceProblems.documentOutOfDate],
});
