import { describe, expect, it } from '@jest/globals';
import { allows, permission } from '@millrace/contracts';
import { detokenizes } from './detokenizes.js';
import { PipelineDocument } from './pipeline-document.js';

const document = (field: Record<string, unknown>) =>
  PipelineDocument.parse({
    version: 1,
    name: 'people',
    source: { connection: 'a' },
    target: { connection: 'b' },
    streams: [{ from: 'people', to: 'people', key: ['id'], fields: [{ from: 'id' }, field] }],
  });

describe('turning tokens back into values', () => {
  it.each([
    [{ from: 'email', steps: ['detokenize'] }, true],
    [{ from: 'email', steps: ['trim', 'detokenize', { case: 'upper' }] }, true],
    [{ to: 'label', value: { concat: [{ field: 'email', steps: ['detokenize'] }, '!'] } }, true],
    [{ from: 'email', steps: ['tokenize'] }, false],
    [{ to: 'detokenize', value: { concat: ['detokenize', { field: 'steps' }] } }, false],
  ])('is found in %j: %p', (field, expected) => {
    expect(detokenizes(document(field))).toBe(expected);
  });

  it('is for owners and admins', () => {
    const may = (role: 'owner' | 'admin' | 'editor' | 'viewer' | 'privacy') =>
      allows(permission('records.detokenize'), { kind: 'user', userId: '', orgId: '', sessionId: '', roles: [role] });
    expect((['owner', 'admin', 'editor', 'viewer', 'privacy'] as const).filter(may)).toEqual(['owner', 'admin']);
  });
});
