import { z } from 'zod';
import { permission, permissions, roles, service } from '../caller.js';
import { f } from '../field.js';
import { del, get, Nothing, operation, post } from '../operation.js';
import { identityProblems } from '../problems.js';

/** What an API token begins with, so that people and scanners of repositories know one when they see it. */
export const API_TOKEN_PREFIX = 'mlr_';

const scopes = z.array(f.oneOf(...permissions)).min(1);

const ApiToken = z.strictObject({
  tokenId: f.id('token'),
  name: f.label(),
  /** Who made it, and on whose behalf it acts. */
  userId: f.userId(),
  scopes,
  createdAt: f.instant(),
  expiresAt: f.instant(),
  /** To the minute. */
  lastUsedAt: f.instant().optional(),
});

export const createToken = operation({
  name: 'identity.token.create',
  summary: 'Make a token for a program that acts on your behalf in this organization. It is shown this once.',
  http: post('/api/v1/tokens', { status: 201 }),
  input: z.strictObject({
    name: f.label(),
    /** Permissions; what of them your role carries is judged at each call. */
    scopes,
    /** Days, at most a year. */
    expiresInDays: f.integer(1, 365),
  }),
  output: ApiToken.extend({ token: f.secret(64) }),
  access: permission('tokens.manage'),
  stepUp: true,
  audit: 'token.created',
  errors: [identityProblems.scopeOutOfReach],
});

export const listTokens = operation({
  name: 'identity.token.list',
  summary: 'Your tokens in this organization; everybody’s for those who manage members',
  http: get('/api/v1/tokens'),
  input: Nothing,
  output: z.strictObject({ tokens: z.array(ApiToken) }),
  access: permission('tokens.manage'),
});

export const revokeToken = operation({
  name: 'identity.token.revoke',
  summary: 'End a token at once',
  http: del('/api/v1/tokens/{tokenId}'),
  input: z.strictObject({ tokenId: f.id('token') }),
  output: Nothing,
  access: permission('tokens.manage'),
  audit: 'token.revoked',
});

export const resolveToken = operation({
  name: 'identity.token.resolve',
  summary: 'Whom an API token acts for; the token arrives as its SHA-256, never itself',
  input: z.strictObject({ tokenHash: f.digest() }),
  output: z.strictObject({
    token: z
      .strictObject({
        sessionId: f.id('token'),
        userId: f.userId(),
        orgId: f.id('organization'),
        roles: z.array(f.oneOf(...roles)),
        scopes,
      })
      .optional(),
  }),
  access: service('gateway'),
});
