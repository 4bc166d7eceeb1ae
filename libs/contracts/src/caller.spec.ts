import { describe, expect, it } from '@jest/globals';
import {
  type Access,
  allows,
  any,
  breakGlass,
  type Caller,
  isConfirmed,
  manageableRoles,
  permission,
  permissions,
  permissionsOf,
  public_,
  rolePermissions,
  roles,
  self,
  service,
  staff,
  staffRoles,
} from './caller.js';

type User = Extract<Caller, { kind: 'user' }>;
const user = (over: Partial<User> = {}): User => ({
  kind: 'user',
  userId: 'u',
  orgId: 'o',
  sessionId: 's',
  roles: ['viewer'],
  ...over,
});

describe('what somebody may do', () => {
  it.each(roles.flatMap((role) => permissions.map((one) => [role, one] as const)))(
    'as %s with %s is what the table says, in a session and with a token alike',
    (role, one) => {
      const held = rolePermissions[role].includes(one);
      const access: Access = permission(one);
      expect(allows(access, user({ roles: [role] }))).toBe(held);
      expect(allows(access, user({ roles: [role], scopes: [one] }))).toBe(held);
      expect(allows(access, user({ roles: [role], scopes: permissions.filter((other) => other !== one) }))).toBe(false);
      expect(allows(access, user({ roles: [role], scopes: [] }))).toBe(false);
      expect(allows(access, user({ roles: [] }))).toBe(false);
    },
  );

  it('with a token is nothing of the account itself', () => {
    expect(allows(self(), user())).toBe(true);
    expect(allows(self(), user({ scopes: [...permissions] }))).toBe(false);
  });

  it('is never more with a token than without', () => {
    for (const role of roles)
      expect(permissionsOf(user({ roles: [role], scopes: permissions }))).toEqual(
        permissionsOf(user({ roles: [role] })),
      );
  });

  it.each(staffRoles)('as staff (%s) is what its role opens, and a customer’s only by an access', (role) => {
    const somebody: Caller = { kind: 'staff', staffId: 's', sessionId: 's', roles: [role], confirmedAt: 'now' };
    const looking: Caller = { ...somebody, access: { accessId: 'a', orgId: 'o' } };
    for (const other of staffRoles) expect(allows(staff(other), somebody)).toBe(other === role);
    const closed = [self(), ...permissions.map(permission), service('vault')];
    for (const one of closed) expect([allows(one, somebody), allows(one, looking)]).toEqual([false, false]);
    expect([somebody, looking].map((one) => allows(any(permission('runs.read'), breakGlass()), one))).toEqual([
      false,
      true,
    ]);
    expect(allows(breakGlass(), user({ roles: ['owner'] }))).toBe(false);
    expect(allows(staff(role), user({ roles: ['owner'] }))).toBe(false);
  });

  it('as a visitor or a service is what is theirs', () => {
    const visitor: Caller = { kind: 'public' };
    const vault: Caller = { kind: 'service', name: 'vault' };
    expect([public_(), self(), service('vault')].map((one) => allows(one, visitor))).toEqual([true, false, false]);
    expect([self(), service('vault'), service('sync')].map((one) => allows(one, vault))).toEqual([false, true, false]);
  });
});

describe('roles over roles', () => {
  it('are the owners’ over everybody, the admins’ over everybody but owners, and nobody else’s', () => {
    expect(manageableRoles.owner).toEqual(roles);
    expect(manageableRoles.admin).toEqual(roles.filter((role) => role !== 'owner'));
    expect(Object.keys(manageableRoles).sort()).toEqual(['admin', 'owner']);
  });
});

describe('a recent proof of who one is', () => {
  const now = new Date('2026-04-22T12:00:00Z');
  it.each([
    [user({ confirmedAt: '2026-04-22T11:50:00.000Z' }), true],
    [user({ confirmedAt: '2026-04-22T11:49:59.999Z' }), false],
    [user(), false],
    [user({ scopes: [...permissions] }), false],
    [{ kind: 'public' } as Caller, false],
    [{ kind: 'service', name: 'vault' } as Caller, true],
  ])('%j: %j', (caller, confirmed) => {
    expect(isConfirmed(caller, now)).toBe(confirmed);
  });

  it('by an organization’s provider counts for its affairs, and not for the account', () => {
    const caller = user({ confirmedAt: now.toISOString(), provenBy: 'organization' });
    expect(isConfirmed(caller, now, permission('organization.manage'))).toBe(true);
    expect(isConfirmed(caller, now, self())).toBe(false);
    expect(isConfirmed(caller, now)).toBe(false);
  });
});
