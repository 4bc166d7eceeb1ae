import {
  type answerAppeal,
  type appealLockout,
  type Input,
  kernelProblems,
  type listAppeals,
  type Output,
} from '@millrace/contracts';
import { newId, Problem } from '@millrace/kernel';
import type { Call } from '@millrace/messaging';
import type { Row } from '@millrace/privacy';
import { accounts } from '../account/account.table.js';
import { tellMember } from '../account/tell-member.js';
import { type AccountMail } from '../one-time/account-mail.js';
import { type appeals } from './appeal.table.js';
import { forgetFailures } from './lockout.js';

/** Far longer than a lockout lasts. */
const KEPT_MS = 86_400_000;
/** The most that a list shows; whoever answers some sees the next. */
const MAX_LISTED = 200;

/** Lets somebody who is locked out reach a human, who may lift the lockout before it ends by itself. */
export class AppealDesk {
  constructor(private readonly mail: AccountMail) {}

  /** For an address without an account the same is written under an id that nobody has, and nobody sees it. */
  async ask({ email, reason }: Input<typeof appealLockout>, call: Call): Promise<Output<typeof appealLockout>> {
    const { userId, account } = await this.mail.holderOf(email, call);
    const askedAt = call.clock.now();
    const expiresAt = new Date(askedAt.getTime() + KEPT_MS);
    await call.act(
      async (tx, about) => {
        await tx.query(
          `insert into lockout_appeal (id, user_id, reason, asked_at, expires_at) values ($1, $2, $3, $4, $5)
           on conflict (user_id) do update set reason = excluded.reason, expires_at = excluded.expires_at`,
          [newId(call.clock), userId, reason, askedAt, expiresAt],
        );
        about(account ? { personal: { userId } } : {});
      },
      { subject: userId },
    );
    return { status: 'accepted' };
  }

  /** Those of accounts that are still locked. */
  async list(call: Call): Promise<Output<typeof listAppeals>> {
    const rows = await call.tx(
      (tx) =>
        tx.query<{ id: string; reason: string; askedAt: Date; lockedUntil: Date }>(
          `select p.id, p.reason, p.asked_at as "askedAt", l.locked_until as "lockedUntil"
             from lockout_appeal p join account a on a.id = p.user_id join lockout l on l.user_id = a.id
            where l.locked_until > $1 order by p.asked_at, p.id limit ${MAX_LISTED}`,
          [call.clock.now()],
        ),
      'region',
    );
    return {
      appeals: rows.map(({ id, reason, askedAt, lockedUntil }) => ({
        appealId: id,
        reason,
        askedAt: askedAt.toISOString(),
        lockedUntil: lockedUntil.toISOString(),
      })),
    };
  }

  /** @throws Problem `kernel.not-found` for an appeal that was answered, or is a day old */
  async answer({ appealId, decision }: Input<typeof answerAppeal>, call: Call): Promise<void> {
    await call.act(async (tx, about) => {
      const [appeal] = await tx.query<Pick<Row<typeof appeals>, 'userId'>>(
        'delete from lockout_appeal where id = $1 returning user_id as "userId"',
        [appealId],
      );
      const account = appeal && (await tx.table(accounts).findOneBy({ id: appeal.userId }));
      if (!account) throw new Problem(kernelProblems.notFound);
      about({ target: { kind: 'account', id: account.id }, details: { decision } });
      if (decision === 'leave') return;
      await forgetFailures(tx, account.id);
      await tellMember(tx, account.id, 'lockout-lifted');
    }, 'region');
  }
}
