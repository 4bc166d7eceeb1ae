import { identityProblems } from '@millrace/contracts';
import { newId, Problem } from '@millrace/kernel';
import type { Tx } from '@millrace/persistence';
import type { Row } from '@millrace/privacy';
import type { Runtime } from '@millrace/service';
import { type NewOrganization, openOrganization } from '../organization/open-organization.js';
import { type Passwords } from '../password/passwords.js';
import { checkFields, type OptionalField } from './account-fields.js';
import { accounts } from './account.table.js';

export interface Newcomer extends Partial<Record<OptionalField, string>> {
  readonly email: string;
  readonly password: string;
  readonly ofAge: boolean;
}

type Columns = 'email' | 'passwordHash' | 'pepperVersion' | OptionalField;

/** An account that may be opened: everything but the lookup of its address and the day. */
export type NewAccount = Pick<Row<typeof accounts>, Columns> & { readonly userId: string };

/** What every way of getting an account has in common: the charter's fields, the age, the password. */
export class AccountOpener {
  constructor(
    private readonly runtime: Runtime,
    private readonly passwords: Passwords,
  ) {}

  /** @throws Problem `identity.field-not-asked`, `identity.under-age`, `identity.weak-password`; nothing is written then */
  async prepare({ email, password, ofAge, ...says }: Newcomer): Promise<NewAccount> {
    const { charter, clock } = this.runtime;
    checkFields(charter, says, true);
    if (!ofAge) {
      const { minimumAge } = charter.document.accounts;
      throw new Problem(identityProblems.underAge, {
        detail: `Accounts are for people of ${minimumAge} years or older; nothing you typed was stored.`,
      });
    }
    const { hash, pepperVersion } = await this.passwords.choose(password, email);
    const { name = null, company = null, jobTitle = null, phone = null, username = null } = says;
    const said = { name, company, jobTitle, phone, username };
    return { userId: newId(clock), email, passwordHash: hash, pepperVersion, ...said };
  }

  async insert(tx: Tx, { userId, ...account }: NewAccount & { readonly emailLookup: Buffer }): Promise<void> {
    await tx.table(accounts).insert({ id: userId, ...account, createdAt: this.runtime.clock.now() });
  }

  /** The organization that somebody opens with their account. */
  openOrganization(tx: Tx, opened: NewOrganization): Promise<void> {
    return openOrganization(tx, this.runtime.charter, opened);
  }
}
