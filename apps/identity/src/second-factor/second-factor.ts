import { randomBytes } from 'node:crypto';
import { identityProblems, type Output, type readSecondFactor } from '@millrace/contracts';
import { newId, Problem } from '@millrace/kernel';
import type { Call } from '@millrace/messaging';
import type { Tx } from '@millrace/persistence';
import type { Row } from '@millrace/privacy';
import type { Runtime } from '@millrace/service';
import { accounts } from '../account/account.table.js';
import { tellMember } from '../account/tell-member.js';
import { refuseLocked } from '../password/lockout.js';
import { lockAccount, noteFailure } from '../password/passwords.js';
import { codeHash, type FactorKeys } from './factor-keys.js';
import { authenticators, recoveryCodes } from './second-factor.table.js';
import { authenticatorKey, stepOf, totpUri } from './totp.js';

type Authenticator = Row<typeof authenticators>;

const RECOVERY_CODES = 10;
/** Crockford's base32 without look-alikes; ten signs are 50 bits. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const CODE_SIGNS = 10;

/** The second factor of an account: an authenticator app, and codes for when the phone is gone. */
export class SecondFactor {
  constructor(
    private readonly runtime: Runtime,
    private readonly keys: FactorKeys,
  ) {}

  async read(call: Call): Promise<Output<typeof readSecondFactor>> {
    const { userId } = call.user;
    return call.tx(async (tx) => {
      const found = await this.confirmed(tx, userId);
      const [row] = await tx.query<{ left: number }>(
        'select count(*)::int as left from recovery_code where user_id = $1 and used_at is null',
        [userId],
      );
      return { authenticator: found !== null, recoveryCodesLeft: row!.left };
    });
  }

  /**
   * Lets somebody pass who has no second factor, or shows it; answers whether it was shown. A wrong one counts towards
   * the lockout.
   * @throws Problem `identity.second-factor-needed`, `identity.wrong-second-factor`, `identity.locked`
   */
  async require(userId: string, shown: string | undefined, call: Call): Promise<boolean> {
    const now = this.runtime.clock.now();
    const outcome = await call.tx(
      async (tx) => {
        const found = await this.confirmed(tx, userId);
        if (!found) return 'none';
        if (shown === undefined) return 'needed';
        if (!(await lockAccount(tx, userId))) return 'wrong';
        await refuseLocked(tx, userId, now);
        if (await this.use(tx, found, shown, now)) return 'passed';
        await noteFailure(tx, userId, 'wrong-second-factor', this.runtime);
        return 'wrong';
      },
      { subject: userId },
    );
    if (outcome === 'needed') throw new Problem(identityProblems.secondFactorNeeded);
    if (outcome === 'wrong') throw new Problem(identityProblems.wrongSecondFactor);
    return outcome === 'passed';
  }

  /** Whether signing in to the account asks for a second factor. */
  isOn(userId: string, call: Call): Promise<boolean> {
    return call.tx(async (tx) => (await this.confirmed(tx, userId)) !== null, { subject: userId });
  }

  /** @throws Problem `identity.has-authenticator`; one that was never confirmed is replaced */
  add(call: Call): Promise<{ uri: string; key: string }> {
    const { userId } = call.user;
    const { clock, charter } = this.runtime;
    return call.act(async (tx, about) => {
      if (await this.confirmed(tx, userId)) throw new Problem(identityProblems.hasAuthenticator);
      const account = await tx.table(accounts).findOneBy({ id: userId });
      const seed = newId(clock);
      const { key, version: pepperVersion } = await this.keys.newest();
      await tx.table(authenticators).delete({ userId });
      await tx.table(authenticators).insert({ userId, seed, pepperVersion, createdAt: clock.now(), confirmedAt: null });
      about({ target: { kind: 'account', id: userId } });
      return totpUri(authenticatorKey(key, seed), charter.document.title, account!.email);
    });
  }

  /** @throws Problem `identity.wrong-second-factor` */
  confirm(code: string, call: Call): Promise<{ recoveryCodes: string[] }> {
    const { userId } = call.user;
    const now = this.runtime.clock.now();
    return call.act(async (tx, about) => {
      const found = await tx.table(authenticators).findOneBy({ userId });
      if (!found || found.confirmedAt || !(await this.useStep(tx, found, code, now)))
        throw new Problem(identityProblems.wrongSecondFactor);
      await tx.table(authenticators).update({ userId }, { confirmedAt: now });
      await tellMember(tx, userId, 'authenticator-added');
      about({ target: { kind: 'account', id: userId } });
      return this.newCodes(tx, userId, now);
    });
  }

  async remove(call: Call): Promise<void> {
    const { userId } = call.user;
    await call.act(async (tx, about) => {
      const { affected } = await tx.table(authenticators).delete({ userId });
      await tx.table(recoveryCodes).delete({ userId });
      if (affected) await tellMember(tx, userId, 'authenticator-removed');
      about({ target: { kind: 'account', id: userId } });
    });
  }

  /** @throws Problem `identity.no-authenticator` */
  renewCodes(call: Call): Promise<{ recoveryCodes: string[] }> {
    const { userId } = call.user;
    return call.act(async (tx, about) => {
      if (!(await this.confirmed(tx, userId))) throw new Problem(identityProblems.noAuthenticator);
      about({ target: { kind: 'account', id: userId } });
      return this.newCodes(tx, userId, this.runtime.clock.now());
    });
  }

  private async confirmed(tx: Tx, userId: string): Promise<Authenticator | null> {
    const found = await tx.table(authenticators).findOneBy({ userId });
    return found?.confirmedAt ? found : null;
  }

  private async use(tx: Tx, found: Authenticator, shown: string, now: Date): Promise<boolean> {
    const typed = shown.replaceAll(/[\s-]/g, '').toLowerCase();
    return (await this.useStep(tx, found, typed, now)) || this.useCode(tx, found.userId, typed, now);
  }

  private async useStep(
    tx: Tx,
    { userId, seed, pepperVersion }: Authenticator,
    code: string,
    now: Date,
  ): Promise<boolean> {
    const step = stepOf(authenticatorKey(await this.keys.of(pepperVersion), seed), code, now);
    if (step === undefined) return false;
    const used = await tx.query(
      'update authenticator set last_step = $2 where user_id = $1 and last_step < $2 returning 1',
      [userId, step],
    );
    return used.length === 1;
  }

  private async useCode(tx: Tx, userId: string, code: string, now: Date): Promise<boolean> {
    const hashes = (await this.keys.all()).map(({ key }) => codeHash(key, userId, code));
    const used = await tx.query(
      'update recovery_code set used_at = $3 where user_id = $1 and code_hash = any($2) and used_at is null returning 1',
      [userId, hashes, now],
    );
    if (used.length) await tellMember(tx, userId, 'recovery-code-used');
    return used.length === 1;
  }

  private async newCodes(tx: Tx, userId: string, now: Date): Promise<{ recoveryCodes: string[] }> {
    const codes = Array.from({ length: RECOVERY_CODES }, newCode);
    const { key, version: pepperVersion } = await this.keys.newest();
    const rows = codes.map((code) => ({ userId, codeHash: codeHash(key, userId, code), pepperVersion }));
    await tx.table(recoveryCodes).delete({ userId });
    await tx.table(recoveryCodes).insert(rows.map((row) => ({ ...row, createdAt: now, usedAt: null })));
    return { recoveryCodes: codes.map((code) => `${code.slice(0, 5)}-${code.slice(5)}`) };
  }
}

function newCode(): string {
  // 32 signs: the low five bits of a byte choose each without bias.
  return [...randomBytes(CODE_SIGNS)].map((byte) => ALPHABET[byte & 31]).join('');
}
