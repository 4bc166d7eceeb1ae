import { identityProblems, type Output, type requestEmailChange, securityAlerted } from '@millrace/contracts';
import { Problem } from '@millrace/kernel';
import type { Call } from '@millrace/messaging';
import { isUniqueViolation } from '@millrace/persistence';
import { type OneTimeSecrets } from '../one-time/one-time-secrets.js';
import { accounts } from './account.table.js';
import { type AddressLookup } from './address-lookup.js';

/** Moves an account to another address once its mail was read there. The present address is told when it is asked for. */
export class ChangeEmail {
  constructor(
    private readonly lookup: AddressLookup,
    private readonly secrets: OneTimeSecrets,
  ) {}

  request(address: string, call: Call): Promise<Output<typeof requestEmailChange>> {
    const { userId, orgId } = call.user;
    const email = { address, lookup: this.lookup.of(address) };
    return call.act(async (tx, about) => {
      const isSent = await this.secrets.request(tx, { userId, orgId, purpose: 'email-change', email });
      if (isSent) await tx.emit(securityAlerted, { orgId, userId, alert: 'email-change-requested' });
      about({ target: { kind: 'account', id: userId }, details: { paused: !isSent } });
      return { status: 'accepted' as const };
    });
  }

  /** @throws Problem `identity.not-valid`, also when the address belongs to another account: nobody learns that it does */
  async confirm(token: string, call: Call): Promise<{ status: 'changed' }> {
    const secret = await this.secrets.find('email-change', token, call);
    const { userId, email, emailLookup } = secret;
    if (!email) throw new Problem(identityProblems.notValid);
    try {
      return await call.act(
        async (tx, about) => {
          await this.secrets.use(tx, secret);
          const { affected } = await tx.table(accounts).update({ id: userId }, { email, emailLookup });
          if (!affected) throw new Problem(identityProblems.notValid);
          about({ target: { kind: 'account', id: userId }, personal: { userId } });
          return { status: 'changed' as const };
        },
        { subject: userId },
      );
    } catch (error) {
      throw isUniqueViolation(error) ? new Problem(identityProblems.notValid, { cause: error }) : error;
    }
  }
}
