import { z } from 'zod';
import { permission } from '../caller.js';
import { f } from '../field.js';
import { del, get, Nothing, operation, put } from '../operation.js';
import { vaultProblems } from '../problems.js';
import { PROVIDER_DEADLINE_MS } from './connection-operations.js';

const place = {
  /** `https://host[:port]` of a server of OpenBao or HashiCorp Vault. */
  address: f.providerUrl(),
  /** Where its transit engine is mounted, `transit` by default there. */
  mount: f.label(200),
  /** For servers that have namespaces. */
  namespace: f.label(200).optional(),
  /** An AES-256-GCM key there that nobody can take out. */
  keyName: f.label(128),
  /** Where its AppRole method is mounted, `approle` by default there. */
  loginMount: f.label(200),
  /** Certificates (PEM) that the server’s must chain to, where those are not publicly trusted. */
  certificates: f.label(16_384).optional(),
};
export type CustomerKeyPlace = z.output<z.ZodObject<typeof place>>;

/**
 * - `operator`: the region alone keeps the organization's key
 * - `joining`: what is sealed from now on needs the customer's key too; what was sealed before is being wrapped anew
 * - `customer`: nothing of the organization's opens without the customer's key
 * - `leaving`: the other way round
 */
export const keyHoldings = ['operator', 'joining', 'customer', 'leaving'] as const;

const OrganizationKey = z.strictObject({
  state: f.oneOf(...keyHoldings),
  /** The customer's engine, unless the region alone keeps the key. */
  engine: z
    .strictObject({
      ...place,
      /** What it said just now: it works, it does not answer, or it refuses. */
      health: f.oneOf('working', 'away', 'refusing'),
      setAt: f.instant(),
    })
    .optional(),
  /** Envelopes that have been wrapped anew, of those that there were, while it joins or leaves. */
  progress: z.strictObject({ rewrapped: f.count(), envelopes: f.count(), unreadable: f.count() }).optional(),
});
export type OrganizationKey = z.output<typeof OrganizationKey>;

const manage = permission('organization.manage');

export const readOrganizationKey = operation({
  name: 'vault.customer-key.read',
  summary: 'Who keeps your organization’s key, and whether your own engine works',
  http: get('/api/v1/organization/key'),
  input: Nothing,
  output: OrganizationKey,
  access: manage,
  deadlineMs: PROVIDER_DEADLINE_MS,
});

export const setOrganizationKey = operation({
  name: 'vault.customer-key.set',
  summary:
    'Keep your organization’s key together with the region, in a transit engine of your own: nothing of yours opens without it any more',
  http: put('/api/v1/organization/key'),
  input: z.strictObject({ ...place, roleId: f.label(200), secretId: f.secret(200) }),
  output: OrganizationKey,
  access: manage,
  stepUp: true,
  audit: 'organization-key.shared',
  errors: [vaultProblems.customerKeyRefused, vaultProblems.customerKeyAway, vaultProblems.customerKeyInUse],
  deadlineMs: PROVIDER_DEADLINE_MS,
  sealedTo: 'vault',
});

export const removeOrganizationKey = operation({
  name: 'vault.customer-key.remove',
  summary: 'Leave your organization’s key to the region alone; your engine is needed until all is wrapped anew',
  http: del('/api/v1/organization/key'),
  input: Nothing,
  output: OrganizationKey,
  access: manage,
  stepUp: true,
  audit: 'organization-key.unshared',
  errors: [vaultProblems.customerKeyInUse, vaultProblems.customerKeyRefused, vaultProblems.customerKeyAway],
  deadlineMs: PROVIDER_DEADLINE_MS,
});
