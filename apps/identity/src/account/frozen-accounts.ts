import { type freezeAccount, type Input, kernelProblems, type Output } from '@millrace/contracts';
import { Problem } from '@millrace/kernel';
import type { Call } from '@millrace/messaging';
import type { Tx } from '@millrace/persistence';
import { type Runtime } from '@millrace/service';
import { endOtherSessions } from '../session/session-desk.js';
import { type Account, accounts } from './account.table.js';
import { type AddressLookup } from './address-lookup.js';

type Standing = Output<typeof freezeAccount>;

/**
 * Accounts that are reported to be a child's. Nobody signs in to one, its sessions and tokens end, and what is held about the
 * person is kept and otherwise left alone until somebody has decided: it is erased, or it was a mistake.
 */
export class FrozenAccounts {
  constructor(
    private readonly runtime: Runtime,
    private readonly lookup: AddressLookup,
  ) {}

  /** Repeating it changes nothing. @throws Problem `kernel.not-found` */
  freeze({ email }: Input<typeof freezeAccount>, call: Call): Promise<Standing> {
    const now = this.runtime.clock.now();
    return this.change(email, call, async (tx, { id, frozenAt, restrictedAt }) => {
      await endOtherSessions(tx, id);
      await tx.query('delete from api_token where user_id = $1', [id]);
      return { frozenAt: frozenAt ?? now, restrictedAt: restrictedAt ?? now };
    });
  }

  /** What the person themselves restricted before is for them to lift. @throws Problem `kernel.not-found` */
  unfreeze({ email }: Input<typeof freezeAccount>, call: Call): Promise<Standing> {
    return this.change(email, call, (_tx, { frozenAt, restrictedAt }) => {
      const isOurs = frozenAt !== null && restrictedAt?.getTime() === frozenAt.getTime();
      return { frozenAt: null, restrictedAt: isOurs ? null : restrictedAt };
    });
  }

  async standing(userId: string, call: Call): Promise<Standing> {
    const found = await call.tx((tx) => tx.table(accounts).findOneBy({ id: userId }), 'region');
    return shown(userId, found?.frozenAt ?? null);
  }

  private change(
    email: string,
    call: Call,
    change: (tx: Tx, account: Account) => Frozen | Promise<Frozen>,
  ): Promise<Standing> {
    const emailLookup = this.lookup.of(email);
    return call.act(async (tx, about) => {
      await tx.query('select 1 from account where email_lookup = $1 for update', [emailLookup]);
      const account = await tx.table(accounts).findOneBy({ emailLookup });
      if (!account) throw new Problem(kernelProblems.notFound);
      const changed = await change(tx, account);
      await tx.table(accounts).update({ id: account.id }, changed);
      about({ target: { kind: 'account', id: account.id } });
      return shown(account.id, changed.frozenAt);
    }, 'region');
  }
}

type Frozen = Pick<Account, 'frozenAt' | 'restrictedAt'>;

function shown(userId: string, frozenAt: Date | null): Standing {
  return { userId, ...(frozenAt ? { frozenAt: frozenAt.toISOString() } : {}) };
}
