import { type Input, kernelProblems, type Profile, type updateProfile } from '@millrace/contracts';
import { Problem } from '@millrace/kernel';
import type { Call } from '@millrace/messaging';
import type { Tx } from '@millrace/persistence';
import { type Runtime } from '@millrace/service';
import { checkFields, optionalFields } from './account-fields.js';
import { accounts } from './account.table.js';

/** Reads and corrects the account of the signed-in person. */
export class ProfileDesk {
  constructor(private readonly runtime: Runtime) {}

  read(call: Call): Promise<Profile> {
    return call.tx((tx) => this.profileOf(tx, call));
  }

  update(changes: Input<typeof updateProfile>, call: Call): Promise<Profile> {
    const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
    checkFields(this.runtime.charter, given, false);
    return call.act(async (tx, about) => {
      const { userId } = call.user;
      if (Object.keys(given).length) await tx.table(accounts).update({ id: userId }, given);
      about({ target: { kind: 'account', id: userId }, details: { fields: Object.keys(given).sort().join(',') } });
      return this.profileOf(tx, call);
    });
  }

  private async profileOf(tx: Tx, call: Call): Promise<Profile> {
    const { userId, orgId, roles } = call.user;
    const account = await tx.table(accounts).findOneBy({ id: userId });
    if (!account) throw new Problem(kernelProblems.notFound);
    const said = Object.fromEntries(
      optionalFields.flatMap((field) => (account[field] === null ? [] : [[field, account[field]]])),
    );
    return {
      userId,
      orgId,
      roles: [...roles],
      email: account.email,
      ...said,
      createdAt: account.createdAt.toISOString(),
    };
  }
}
