import { describe, expect, it } from '@jest/globals';
import { LeaseGrant, leaseInfo, readLeaseGrant } from './lease.js';

const ids = {
  grantId: '0192f000-0000-7000-8000-000000000001',
  orgId: '0192f000-0000-7000-8000-000000000002',
  connectionId: '0192f000-0000-7000-8000-000000000003',
};
const workerKey = 'A'.repeat(42) + '_';
const run = { ...ids, workerKey, purpose: 'run', runId: ids.orgId, partitionId: ids.grantId, fence: 3 } as const;
const inspect = { ...ids, workerKey, purpose: 'inspect' } as const;

const token = (payload: object) =>
  ['e30', Buffer.from(JSON.stringify(payload)).toString('base64url'), 'c2ln'].join('.');
const registered = { iss: 'sync', aud: 'vault:us-east-1', iat: 1, exp: 61 };

describe('a lease grant', () => {
  it.each([run, inspect])('is read from its token without the registered claims', (grant) => {
    expect(readLeaseGrant(token({ ...grant, ...registered }))).toEqual(grant);
  });

  it.each(['', 'a', 'a.b', 'a.!.c', token([]), token({ ...inspect, connectionId: 'marker' })])(
    'is nothing else: %j',
    (text) => {
      expect(() => readLeaseGrant(text)).toThrow(/^Not a lease grant$/);
    },
  );

  it('of a run names partition and fence, one of an inspection neither', () => {
    expect(LeaseGrant.safeParse({ ...run, fence: undefined }).success).toBe(false);
    expect(LeaseGrant.safeParse({ ...inspect, runId: ids.orgId }).success).toBe(false);
    expect(LeaseGrant.safeParse({ ...inspect, purpose: 'export' }).success).toBe(false);
  });

  it('binds a lease to organization, connection and grant', () => {
    expect(leaseInfo(LeaseGrant.parse(run))).toEqual({ use: 'credential-lease', ...ids });
  });
});
