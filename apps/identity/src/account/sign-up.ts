import { type Input, organizationCreated, type Output, securityAlerted, type signUp } from '@millrace/contracts';
import { type PasswordHash, type PasswordHasher } from '@millrace/crypto';
import { identityProblems } from '@millrace/contracts';
import { newId, Problem, Secret } from '@millrace/kernel';
import { type Call } from '@millrace/messaging';
import { isUniqueViolation } from '@millrace/persistence';
import { type Runtime } from '@millrace/service';
import { memberships, organizations } from '../organization/organization.table.js';
import { checkFields } from './account-fields.js';
import { accounts } from './account.table.js';
import { type AddressLookup } from './address-lookup.js';
import { checkPassword } from './password-rule.js';

type SignUpInput = Input<typeof signUp>;

/**
 * Creates an account and its organization. The answer never tells whether the address was known: the same work is done
 * and the owner of a known address is told about the attempt instead.
 */
export class SignUp {
  constructor(
    private readonly runtime: Runtime,
    private readonly hasher: PasswordHasher,
    private readonly lookup: AddressLookup,
  ) {}

  async execute(input: SignUpInput, call: Call): Promise<Output<typeof signUp>> {
    const { charter } = this.runtime;
    const { minimumAge, password } = charter.document.accounts;
    checkFields(charter, input, true);
    if (!input.ofAge) {
      throw new Problem(identityProblems.underAge, {
        detail: `Accounts are for people of ${minimumAge} years or older; nothing you typed was stored.`,
      });
    }
    checkPassword(input.password, input.email, password.minimumLength);
    const hash = await this.hasher.hash(new Secret(input.password));
    try {
      await this.create(input, hash, call);
    } catch (error) {
      if (!isUniqueViolation(error)) throw error;
      await this.tellOwner(input.email, call);
    }
    return { status: 'accepted' };
  }

  private async create(input: SignUpInput, { hash, pepperVersion }: PasswordHash, call: Call): Promise<void> {
    const { clock } = this.runtime;
    const [orgId, userId, now] = [newId(clock), newId(clock), clock.now()];
    const { email, name = null, company = null, jobTitle = null, phone = null, username = null } = input;
    await call.act(
      async (tx, about) => {
        await tx.table(accounts).insert({
          id: userId,
          email,
          emailLookup: this.lookup.of(email),
          passwordHash: hash,
          pepperVersion,
          name,
          company,
          jobTitle,
          phone,
          username,
          createdAt: now,
        });
        await tx
          .table(organizations)
          .insert({ id: orgId, name: input.organization ?? company ?? 'My organization', createdAt: now });
        await tx.table(memberships).insert({ orgId, userId, role: 'owner', createdAt: now });
        await tx.emit(organizationCreated, { orgId, userId });
        about({ orgId, target: { kind: 'organization', id: orgId }, personal: { userId } });
      },
      { orgId, subject: userId },
    );
  }

  /** Somebody signed up with an address that is known: its owner hears of it, the visitor does not. */
  private async tellOwner(email: string, call: Call): Promise<void> {
    const key = this.lookup.of(email);
    const owner = await call.tx(async (tx) => tx.table(accounts).findOneBy({ emailLookup: key }), { key });
    if (!owner)
      return call.act(async (_tx, about) => about({ outcome: 'failure', details: { reason: 'known-address' } }), {});
    await call.act(
      async (tx, about) => {
        const [membership] = await tx.table(memberships).findBy({ userId: owner.id });
        if (membership)
          await tx.emit(securityAlerted, {
            orgId: membership.orgId,
            userId: owner.id,
            alert: 'sign-up-with-known-address',
          });
        about({ outcome: 'failure', details: { reason: 'known-address' }, personal: { userId: owner.id } });
      },
      { subject: owner.id },
    );
  }
}
