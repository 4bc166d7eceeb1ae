/** The services of a region, and the two machine callers that are not services: a worker and the operator's CLI. */
export const serviceNames = [
  'gateway',
  'identity',
  'vault',
  'sync',
  'sync-worker',
  'compliance',
  'notifications',
  'operator',
] as const;
export type ServiceName = (typeof serviceNames)[number];

/** The services that own a database and answer operations. */
export const contextNames = ['identity', 'vault', 'sync', 'compliance', 'notifications', 'gateway'] as const;
export type ContextName = (typeof contextNames)[number];

export const roles = ['owner', 'admin', 'editor', 'viewer', 'billing', 'privacy'] as const;
export type Role = (typeof roles)[number];

export const permissions = [
  'connections.read',
  'connections.write',
  'pipelines.read',
  'pipelines.write',
  'runs.read',
  'runs.start',
  'budgets.write',
  'budgets.approve',
  'metrics.read',
  'records.preview',
  'records.detokenize',
  'ledger.read',
  'members.read',
  'members.manage',
  'tokens.manage',
  'organization.manage',
] as const;
export type Permission = (typeof permissions)[number];

const read = [
  'connections.read',
  'pipelines.read',
  'runs.read',
  'metrics.read',
  'members.read',
] as const satisfies readonly Permission[];
const edit = [
  ...read,
  'connections.write',
  'pipelines.write',
  'runs.start',
  'records.preview',
  'tokens.manage',
] as const satisfies readonly Permission[];

/** What each role may do: the only such table. */
export const rolePermissions: Record<Role, readonly Permission[]> = {
  owner: permissions,
  admin: permissions,
  editor: edit,
  viewer: read,
  billing: ['connections.read', 'runs.read', 'budgets.write', 'budgets.approve'],
  privacy: [...read, 'ledger.read'],
};

/** The roles that somebody of a role may give, take and remove: only owners decide about owners. */
export const manageableRoles: Readonly<Partial<Record<Role, readonly Role[]>>> = {
  owner: roles,
  admin: ['admin', 'editor', 'viewer', 'billing', 'privacy'],
};

/**
 * People who work for the operator. Their roles come from the groups of the operator's identity provider:
 * - `support`: helps customers; sees what is theirs only while they and a second person have opened it
 * - `officer`: answers for privacy and compliance
 * - `operator`: runs the region
 */
export const staffRoles = ['support', 'officer', 'operator'] as const;
export type StaffRole = (typeof staffRoles)[number];

/** Who is asking. The gateway or a service signs it into a call token; nobody else can make one. */
export type Caller =
  | { readonly kind: 'public' }
  | {
      readonly kind: 'user';
      readonly userId: string;
      /** The organization of the session; the user's own id for somebody who belongs to none. */
      readonly orgId: string;
      readonly roles: readonly Role[];
      /** The session, or the API token. */
      readonly sessionId: string;
      /** Set when an API token asks: of what the roles may do only this counts, and nothing of the account itself. */
      readonly scopes?: readonly Permission[];
      /**
       * Set while nothing but their organization's identity provider says who they are. That counts for the affairs of the
       * organization, and for nothing that changes how the person signs in.
       */
      readonly provenBy?: 'organization';
      /** When they last showed who they are in this session (ISO 8601); operations with `stepUp` ask for it to be recent. */
      readonly confirmedAt?: string;
    }
  | {
      readonly kind: 'staff';
      readonly staffId: string;
      readonly roles: readonly StaffRole[];
      readonly sessionId: string;
      /** When they signed in (ISO 8601): staff show who they are at their identity provider, with a second factor. */
      readonly confirmedAt: string;
      /** The customer that is open to them in this call, by an access that a second person approved. */
      readonly access?: { readonly accessId: string; readonly orgId: string };
    }
  | { readonly kind: 'service'; readonly name: ServiceName };

/** Who may call an operation. */
export type Access =
  | { readonly kind: 'public' }
  | { readonly kind: 'self' }
  | { readonly kind: 'permission'; readonly permission: Permission }
  | { readonly kind: 'staff'; readonly roles: readonly StaffRole[] }
  | { readonly kind: 'break-glass' }
  | { readonly kind: 'service'; readonly names: readonly ServiceName[] }
  | { readonly kind: 'any'; readonly of: readonly Access[] };

/** Anybody, signed in or not. */
export const public_ = (): Access => ({ kind: 'public' });
/** A signed-in user, acting on what is their own. */
export const self = (): Access => ({ kind: 'self' });
/** A signed-in user whose role in the organization carries the permission. */
export const permission = (name: Permission): Access => ({ kind: 'permission', permission: name });
/** Somebody of the operator's staff with one of these roles. */
export const staff = (...names: [StaffRole, ...StaffRole[]]): Access => ({ kind: 'staff', roles: names });
/** One of the staff to whom this customer is open; for reading only, and never for a secret or a record. Each use is in the ledger. */
export const breakGlass = (): Access => ({ kind: 'break-glass' });
/** One of the named services, calling on its own account. */
export const service = (...names: [ServiceName, ...ServiceName[]]): Access => ({ kind: 'service', names });
export const any = (...of: [Access, Access, ...Access[]]): Access => ({ kind: 'any', of });

/** Whether `caller` may call an operation with this access. Everything that is not granted is refused. */
export function allows(access: Access, caller: Caller): boolean {
  switch (access.kind) {
    case 'public':
      return true;
    case 'self':
      return caller.kind === 'user' && caller.scopes === undefined;
    case 'permission':
      return caller.kind === 'user' && mayUse(caller, access.permission);
    case 'staff':
      return caller.kind === 'staff' && access.roles.some((role) => caller.roles.includes(role));
    case 'break-glass':
      return caller.kind === 'staff' && caller.access !== undefined;
    case 'service':
      return caller.kind === 'service' && access.names.includes(caller.name);
    case 'any':
      return access.of.some((one) => allows(one, caller));
  }
}

/** What somebody may do in their organization now. */
export function permissionsOf({ roles: held, scopes }: Extract<Caller, { kind: 'user' }>): Permission[] {
  return permissions.filter(
    (one) => held.some((role) => rolePermissions[role].includes(one)) && (scopes === undefined || scopes.includes(one)),
  );
}

function mayUse(caller: Extract<Caller, { kind: 'user' }>, wanted: Permission): boolean {
  return permissionsOf(caller).includes(wanted);
}

/** How long a proof of identity counts as recent: ten minutes, the life of a one-time code. */
export const STEP_UP_MS = 600_000;

/**
 * Whether a caller has shown who they are recently enough for what cannot be taken back. Services speak for themselves.
 * @param access who may call the operation: for one's own account the word of an organization's provider is not enough
 */
export function isConfirmed(caller: Caller, now: Date, access: Access = self()): boolean {
  if (caller.kind === 'public') return false;
  if (caller.kind === 'service') return true;
  if (caller.kind === 'user' && caller.provenBy === 'organization' && access.kind !== 'permission') return false;
  if (caller.confirmedAt === undefined) return false;
  return now.getTime() - new Date(caller.confirmedAt).getTime() <= STEP_UP_MS;
}

/** The services that an access names: they, and only they, may publish to the operation's subject. */
export function servicesIn(access: Access): readonly ServiceName[] {
  if (access.kind === 'service') return access.names;
  if (access.kind === 'any') return access.of.flatMap(servicesIn);
  return [];
}
