import {
  type ChoiceKind,
  choiceKinds,
  identityProblems,
  type Input,
  type Output,
  type readPreferences,
  type setPreferences,
} from '@millrace/contracts';
import { newId, Problem } from '@millrace/kernel';
import type { Call } from '@millrace/messaging';
import type { Tx } from '@millrace/persistence';
import type { Runtime } from '@millrace/service';
import { accounts } from '../account/account.table.js';
import { choices } from './choice.table.js';

/** What holds for people who have said nothing: news only on request (Article 6(1)(a) GDPR), aggregate use until they object. */
const UNSAID: Record<ChoiceKind, boolean> = { marketing: false, analytics: true };

/** What people agree to, and whether what is held about them may be used. */
export class PreferenceDesk {
  constructor(private readonly runtime: Runtime) {}

  read(call: Call): Promise<Output<typeof readPreferences>> {
    return call.tx((tx) => this.present(tx, call));
  }

  /** @throws Problem `identity.not-offered` for what the charter has no basis for, `identity.wording-needed` */
  async set(wishes: Input<typeof setPreferences>, call: Call): Promise<Output<typeof setPreferences>> {
    const { charter } = this.runtime;
    const said = choiceKinds.filter((kind) => wishes[kind] !== undefined);
    const refused = said.filter((kind) => wishes[kind] && !charter.basisOf(kind));
    if (refused.length) {
      const errors = refused.map((kind) => ({ path: `/${kind}`, message: 'is nothing that this region does' }));
      throw new Problem(identityProblems.notOffered, { errors });
    }
    // Agreeing needs words that were agreed to; refusing needs none.
    if (said.some((kind) => wishes[kind]) && wishes.wording === undefined)
      throw new Problem(identityProblems.wordingNeeded, { errors: [{ path: '/wording', message: 'must be given' }] });
    return call.act(async (tx, about) => {
      for (const kind of said) await this.choose(tx, call, kind, wishes[kind]!, wishes.wording);
      if (wishes.restricted !== undefined) await this.restrict(tx, call, wishes.restricted);
      const details = Object.fromEntries(Object.entries(wishes).filter(([, value]) => value !== undefined));
      about({ target: { kind: 'account', id: call.user.userId }, details });
      return this.present(tx, call);
    });
  }

  private async choose(tx: Tx, call: Call, kind: ChoiceKind, agreed: boolean, wording?: string): Promise<void> {
    const { userId } = call.user;
    const chosenAt = call.clock.now();
    await tx.query('update choice set replaced_at = $3 where user_id = $1 and kind = $2 and replaced_at is null', [
      userId,
      kind,
      chosenAt,
    ]);
    const id = newId(call.clock);
    await tx.table(choices).insert({ id, userId, kind, agreed, wording: wording ?? null, chosenAt, replacedAt: null });
  }

  private async restrict(tx: Tx, call: Call, wanted: boolean): Promise<void> {
    await tx.query(
      'update account set restricted_at = case when $2 then coalesce(restricted_at, $3) end where id = $1',
      [call.user.userId, wanted, call.clock.now()],
    );
  }

  private async present(tx: Tx, call: Call): Promise<Output<typeof readPreferences>> {
    const { userId } = call.user;
    const held = await tx.query<{ kind: ChoiceKind; agreed: boolean }>(
      'select kind, agreed from choice where user_id = $1 and replaced_at is null',
      [userId],
    );
    const account = await tx.table(accounts).findOneBy({ id: userId });
    const choice = (kind: ChoiceKind) => held.find((one) => one.kind === kind)?.agreed ?? UNSAID[kind];
    return {
      marketing: choice('marketing'),
      analytics: choice('analytics'),
      ...(account?.restrictedAt ? { restrictedSince: account.restrictedAt.toISOString() } : {}),
    };
  }
}
