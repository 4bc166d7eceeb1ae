import {
  API_TOKEN_PREFIX,
  type createToken,
  identityProblems,
  type Input,
  kernelProblems,
  type listTokens,
  type Output,
  permissionsOf,
  type resolveToken,
} from '@millrace/contracts';
import { hashOpaqueToken, newOpaqueToken } from '@millrace/crypto';
import { newId, Problem } from '@millrace/kernel';
import type { Call, User } from '@millrace/messaging';
import type { Row } from '@millrace/privacy';
import type { Runtime } from '@millrace/service';
import { openMemberships } from '../organization/membership.queries.js';
import { apiTokens } from './api-token.table.js';

const DAY_MS = 86_400_000;
/** `lastUsedAt` is written at most this often. */
const USED_GRAIN_MS = 60_000;

/** API tokens: made by a member, good for no more than the member, gone with the membership. */
export class TokenDesk {
  constructor(private readonly runtime: Runtime) {}

  /** @throws Problem `identity.scope-out-of-reach` naming each scope that the maker's role does not carry */
  create({ name, scopes, expiresInDays }: Input<typeof createToken>, call: Call): Promise<Output<typeof createToken>> {
    const { clock } = this.runtime;
    const { orgId, userId } = call.user;
    assertWithin(scopes, call.user);
    const token = `${API_TOKEN_PREFIX}${newOpaqueToken().token.reveal()}`;
    const createdAt = clock.now();
    const row = {
      ...{ id: newId(clock), orgId, userId, name, scopes: [...new Set(scopes)], createdAt, lastUsedAt: null },
      tokenHash: Buffer.from(hashOpaqueToken(token), 'hex'),
      expiresAt: new Date(createdAt.getTime() + expiresInDays * DAY_MS),
    };
    return call.act(async (tx, about) => {
      await tx.table(apiTokens).insert(row);
      about({ target: { kind: 'token', id: row.id }, details: { scopes: row.scopes.join(' ') } });
      return { ...shown(row), token };
    });
  }

  async list(call: Call): Promise<Output<typeof listTokens>> {
    const { orgId } = call.user;
    const now = this.runtime.clock.now();
    const where = { orgId, ...whose(call.user) };
    const rows = await call.tx((tx) => tx.table(apiTokens).find({ where, order: { createdAt: 'desc' } }));
    return { tokens: rows.filter((one) => one.expiresAt > now).map(shown) };
  }

  /** @throws Problem `kernel.not-found`, for another member's too unless the caller manages members */
  async revoke(id: string, call: Call): Promise<void> {
    const { orgId } = call.user;
    await call.act(async (tx, about) => {
      const { affected } = await tx.table(apiTokens).delete({ id, orgId, ...whose(call.user) });
      if (!affected) throw new Problem(kernelProblems.notFound);
      about({ target: { kind: 'token', id } });
    });
  }

  /** For whom a token acts, while it lives and its maker belongs to the organization; the roles are those of now. */
  async resolve({ tokenHash }: Input<typeof resolveToken>, call: Call): Promise<Output<typeof resolveToken>> {
    const now = this.runtime.clock.now();
    const key = Buffer.from(tokenHash, 'hex');
    const found = await call.tx((tx) => tx.table(apiTokens).findOneBy({ tokenHash: key }), { key });
    if (!found || found.expiresAt <= now) return {};
    const { id, userId, orgId, scopes, lastUsedAt } = found;
    const roles = await call.tx(
      async (tx) => {
        if (!lastUsedAt || now.getTime() - lastUsedAt.getTime() > USED_GRAIN_MS)
          await tx.table(apiTokens).update({ id }, { lastUsedAt: now });
        return (await openMemberships(tx, userId)).filter((one) => one.orgId === orgId).map((one) => one.role);
      },
      { orgId, subject: userId },
    );
    return roles.length ? { token: { sessionId: id, userId, orgId, roles, scopes } } : {};
  }
}

/** Those who manage members see to everybody's tokens, others to their own. */
function whose(user: User): { userId?: string } {
  return permissionsOf(user).includes('members.manage') ? {} : { userId: user.userId };
}

function assertWithin(scopes: Input<typeof createToken>['scopes'], user: User): void {
  const held = permissionsOf(user);
  const errors = scopes.flatMap((scope, index) =>
    held.includes(scope) ? [] : [{ path: `/scopes/${index}`, message: 'is more than your role may do' }],
  );
  if (errors.length) throw new Problem(identityProblems.scopeOutOfReach, { errors });
}

function shown({
  id,
  name,
  userId,
  scopes,
  createdAt,
  expiresAt,
  lastUsedAt,
}: Omit<Row<typeof apiTokens>, 'tokenHash'>) {
  return {
    tokenId: id,
    name,
    userId,
    scopes,
    createdAt: createdAt.toISOString(),
    expiresAt: expiresAt.toISOString(),
    ...(lastUsedAt ? { lastUsedAt: lastUsedAt.toISOString() } : {}),
  };
}
