import { describe, expect, it } from '@jest/globals';
import type { AuditEntry } from '@millrace/contracts';
import { newId } from '@millrace/kernel';
import { parseLeaf, verifyPersonal } from '@millrace/ledger';
import { leafOfEntry } from './leaf-of-entry.js';

const ADA = newId();
const entry = (change: Partial<AuditEntry>): AuditEntry => ({
  entryId: newId(),
  number: 1,
  event: 'profile.updated',
  at: '2026-11-22T10:00:00.000Z',
  actor: 'user',
  outcome: 'success',
  details: {},
  personal: { actorUserId: ADA },
  ...change,
});
const leafOf = (change: Partial<AuditEntry>) => leafOfEntry(entry(change), 'identity', 'us-east-1');

describe('the leaf of an entry', () => {
  it.each([
    ['a detail of several words', { details: { note: 'Ada Lovelace' } }, 'note'],
    ['a detail that repeats a personal value', { details: { by: ADA } }, 'by'],
    ['a target that is a person', { target: { kind: 'account', id: newId() } }, 'targetUserId'],
    ['a target that is named personally', { target: { kind: 'seat', id: ADA } }, 'targetUserId'],
  ])('commits to %s instead of holding it', (_what, change, field) => {
    const { bytes, personal } = leafOf(change);
    const value = personal.find((one) => one.field === field)!;
    expect(bytes.toString()).not.toContain(value.value);
    expect(verifyPersonal(parseLeaf(bytes), value)).toBe(true);
  });

  it('keeps what is impersonal readable', () => {
    const target = { kind: 'connection', id: newId() };
    const { details, target: kept } = parseLeaf(
      leafOf({ details: { 'rows-read': 3, ok: true, code: 'a.b' }, target }).bytes,
    );
    expect({ details, kept }).toEqual({ details: { rowsRead: 3, ok: true, code: 'a.b' }, kept: target });
  });

  it('gives each personal field to the person whom it is about', () => {
    const other = newId();
    const { personal } = leafOf({
      personal: { actorUserId: ADA, userId: other, address: '192.0.2.1', runId: newId() },
    });
    expect(Object.fromEntries(personal.map(({ field, subjectId }) => [field, subjectId]))).toEqual({
      actorUserId: ADA,
      userId: other,
      address: other,
      runId: other,
    });
  });
});
