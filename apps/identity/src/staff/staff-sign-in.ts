import {
  type beginStaffSignIn,
  type finishStaffSignIn,
  identityProblems,
  type Input,
  type inviteFirstStaff,
  type Output,
  STAFF_INVITATION_MS,
  type StaffRole,
} from '@millrace/contracts';
import { hashOpaqueToken, newOpaqueToken } from '@millrace/crypto';
import { addDuration, newId, Problem } from '@millrace/kernel';
import type { Call } from '@millrace/messaging';
import type { Row } from '@millrace/privacy';
import { type Runtime } from '@millrace/service';
import { strangerId } from '../one-time/one-time-secrets.js';
import { type SignInAttempts } from '../identity-provider/sign-in-attempts.js';
import { type StaffClaims, type StaffProvider } from './staff-provider.js';
import { staff, staffInvitations, staffSessions } from './staff.table.js';

type Staff = Row<typeof staff>;

/**
 * The only way in for the operator's staff: their identity provider, with a second factor. It opens no account of a user,
 * and no user's proof opens this.
 */
export class StaffSignIn {
  constructor(
    private readonly runtime: Runtime,
    private readonly provider: StaffProvider,
    private readonly attempts: SignInAttempts,
  ) {}

  /** @throws Problem `identity.no-staff-provider`, `identity.staff-provider-away` */
  async begin({ invitation }: Input<typeof beginStaffSignIn>, call: Call): Promise<Output<typeof beginStaffSignIn>> {
    const { attempt, keep } = this.attempts.begin();
    const url = await this.provider.signInUrl(attempt);
    const invitationHash = invitation === undefined ? null : bytesOf(hashOpaqueToken(invitation));
    return { url, session: await keep({ invitationHash }, call) };
  }

  /** Each refusal is in the ledger with its code. @throws Problem as `finishStaffSignIn` declares */
  async finish(input: Input<typeof finishStaffSignIn>, call: Call): Promise<Output<typeof finishStaffSignIn>> {
    try {
      return await this.signIn(input, call);
    } catch (error) {
      if (error instanceof Problem) await this.reportRefusal(error.code, call);
      throw error;
    }
  }

  /** @throws Problem `identity.no-staff-provider`, `identity.staff-exists` */
  async inviteFirst(call: Call): Promise<Output<typeof inviteFirstStaff>> {
    void this.provider.settings;
    const { clock } = this.runtime;
    const { token, hash } = newOpaqueToken();
    const expiresAt = new Date(clock.now().getTime() + STAFF_INVITATION_MS);
    await call.act(async (tx, about) => {
      const known = await tx.query('select 1 from staff limit 1');
      if (known.length > 0) throw new Problem(identityProblems.staffExists);
      await tx.query('delete from staff_invitation');
      const codeHash = bytesOf(hash);
      await tx.table(staffInvitations).insert({ holderId: strangerId(codeHash), codeHash, expiresAt });
      about({});
    }, 'region');
    return { invitation: token.reveal(), expiresAt: expiresAt.toISOString() };
  }

  private async signIn(
    { answer, browser, device }: Input<typeof finishStaffSignIn>,
    call: Call,
  ): Promise<Output<typeof finishStaffSignIn>> {
    const parameters = new URLSearchParams(answer);
    const state = parameters.get('state') ?? '';
    const begun = await this.attempts.take(state, browser, call);
    if (!begun || begun.providerOrgId !== null) throw new Problem(identityProblems.staffSignInUnknown);
    const claims = await this.provider.exchange(parameters, this.attempts.of(state));
    if (!claims.usedSecondFactor) throw new Problem(identityProblems.staffSecondFactor);
    const subjectKey = this.attempts.subjectKey(claims.issuer, claims.subject);
    const known = await call.tx((tx) => tx.table(staff).findOneBy({ subjectKey }), { key: subjectKey });
    const granted = known?.granted ?? (await this.invited(begun.invitationHash, call));
    const roles = rolesOf(claims.groups, granted, this.provider.settings.groups);
    if (roles.length === 0) throw new Problem(identityProblems.staffNoGroup);
    return this.open({ known, subjectKey, claims, roles, granted }, device, call);
  }

  /** What an invitation gives, which is good once. */
  private async invited(key: Buffer | null, call: Call): Promise<StaffRole[]> {
    if (!key) return [];
    const used = await call.tx(
      (tx) =>
        tx.query('delete from staff_invitation where code_hash = $1 and expires_at > $2 returning 1', [
          key,
          this.runtime.clock.now(),
        ]),
      { subject: strangerId(key) },
    );
    return used.length === 1 ? ['operator'] : [];
  }

  private open(
    found: {
      readonly known: Staff | null;
      readonly subjectKey: Buffer;
      readonly claims: StaffClaims;
      readonly roles: StaffRole[];
      readonly granted: StaffRole[];
    },
    device: string | undefined,
    call: Call,
  ): Promise<Output<typeof finishStaffSignIn>> {
    const { known, subjectKey, claims, roles, granted } = found;
    const { clock, charter } = this.runtime;
    const [now, sessionId, staffId] = [clock.now(), newId(clock), known?.id ?? newId(clock)];
    const { token, hash } = newOpaqueToken();
    const expiresAt = addDuration(now, charter.document.sessions.absolute);
    const { name } = claims;
    const said = { name: name ?? null, ...this.held(claims), roles, granted, lastSignInAt: now, endedAt: null };
    return call.act(
      async (tx, about) => {
        if (known) await tx.table(staff).update({ id: staffId }, said);
        else await tx.table(staff).insert({ id: staffId, subjectKey, createdAt: now, ...said });
        await tx.table(staffSessions).insert({
          ...{ id: sessionId, staffId, tokenHash: bytesOf(hash), device: device ?? null },
          ...{ createdAt: now, lastSeenAt: now, expiresAt },
        });
        about({
          target: { kind: 'session', id: sessionId },
          details: { roles: roles.join(' ') },
          personal: { userId: staffId },
        });
        const session = { token: token.reveal(), expiresAt: expiresAt.toISOString() };
        return { staffId, ...(name === undefined ? {} : { name }), roles, session };
      },
      { subject: staffId, key: subjectKey },
    );
  }

  /** Title and team where the charter says that they are held of staff. */
  private held({ title, team }: StaffClaims): Pick<Staff, 'title' | 'team'> {
    const { staffOnly } = this.runtime.charter.document.accounts;
    const may = (field: string) => (staffOnly as readonly string[]).includes(field);
    return { title: may('title') ? (title ?? null) : null, team: may('team') ? (team ?? null) : null };
  }

  private reportRefusal(reason: string, call: Call): Promise<unknown> {
    return call.tx((tx) => tx.audit({ event: 'staff.sign-in-refused', outcome: 'failure', details: { reason } }), {});
  }
}

function rolesOf(
  groups: readonly string[],
  granted: readonly StaffRole[],
  mapping: Readonly<Record<string, StaffRole>>,
): StaffRole[] {
  const mapped = groups.flatMap((group) => (Object.hasOwn(mapping, group) ? [mapping[group]!] : []));
  return [...new Set([...mapped, ...granted])].sort();
}

const bytesOf = (hash: string) => Buffer.from(hash, 'hex');
