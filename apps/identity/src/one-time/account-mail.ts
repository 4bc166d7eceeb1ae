import type { OneTimePurpose } from '@millrace/contracts';
import type { Call } from '@millrace/messaging';
import { type Account, accounts } from '../account/account.table.js';
import { type AddressLookup } from '../account/address-lookup.js';
import { memberships } from '../organization/organization.table.js';
import { type OneTimeSecrets, strangerId } from './one-time-secrets.js';

/** Mails with a secret to whoever has the account of an address, asked for by somebody who has shown nothing yet. */
export class AccountMail {
  constructor(
    private readonly lookup: AddressLookup,
    private readonly secrets: OneTimeSecrets,
  ) {}

  /**
   * Whose an address is, as somebody finds it who knows the address and nothing else. An address without an account has
   * an id too, which nobody has.
   */
  async holderOf(email: string, call: Call): Promise<{ userId: string; account: Account | null }> {
    const key = this.lookup.of(email);
    const account = await call.tx((tx) => tx.table(accounts).findOneBy({ emailLookup: key }), { key });
    return { userId: account?.id ?? strangerId(key), account };
  }

  /**
   * Has a secret mailed to the account of an address. For an address without an account the same is done under an id
   * that nobody has, and no mail comes of it; so it is for an account that is frozen.
   */
  async request(email: string, purpose: OneTimePurpose, call: Call, challengeHash?: Buffer): Promise<void> {
    const found = await this.holderOf(email, call);
    const account = found.account?.frozenAt ? null : found.account;
    const userId = account?.id ?? strangerId(this.lookup.of(email));
    await call.act(
      async (tx, about) => {
        const membership = await tx.table(memberships).findOneBy({ userId });
        const orgId = membership?.orgId ?? userId;
        const isSent = await this.secrets.request(tx, { userId, orgId, purpose, challengeHash });
        about({ details: { purpose, paused: !isSent }, ...(account ? { personal: { userId } } : {}) });
      },
      { subject: userId },
    );
  }
}
