import {
  type Attestation,
  ATTESTATION_KIND,
  complianceProblems,
  type Input,
  MAX_ATTESTED_DAYS,
  type attestPromises,
} from '@millrace/contracts';
import type { Charter, CharterPromise } from '@millrace/charter';
import { addDuration, Problem } from '@millrace/kernel';
import { EMPTY_ROOT } from '@millrace/ledger';
import type { Call } from '@millrace/messaging';
import type { Tx } from '@millrace/persistence';
import type { Runtime } from '@millrace/service';
import type { LedgerSigner } from '../ledger/ledger-signer.js';
import { latestCheckpoint } from '../ledger/ledger-store.js';
import type { Verdict } from '../probe/probe.js';
import { questionKey } from './board.js';

const MAX_BROKEN = 20;

/** What one look found. */
interface Look {
  readonly state: Verdict['state'];
  readonly at: Date;
}

/** States under signature how the promises of the charter in force stood over a period. */
export class AttestPromises {
  constructor(
    private readonly runtime: Runtime,
    private readonly signer: LedgerSigner,
  ) {}

  /** @throws Problem `compliance.period-not-attested` */
  async execute({ from: first, until: last }: Input<typeof attestPromises>, call: Call): Promise<string> {
    const { charter, config } = this.runtime;
    const [from, until, madeAt] = [new Date(first), new Date(last), call.clock.now()];
    const isTooLong = addDuration(from, `P${MAX_ATTESTED_DAYS}D`) < until;
    if (until > madeAt || from >= until || isTooLong) throw new Problem(complianceProblems.periodNotAttested);
    return call.act(async (tx, about) => {
      const looks = await looksAt(tx, charter, until);
      const promises = charter.promises.map((promise) => attested(promise, looks, from, until));
      const statement: Attestation = {
        region: config.region,
        charter: charter.name,
        version: charter.version,
        charterDigest: charter.digest,
        from: first,
        until: last,
        madeAt: madeAt.toISOString(),
        checkpoint: (await latestCheckpoint(tx))?.note ?? this.signer.sign(0, EMPTY_ROOT),
        promises,
      };
      const throughout = promises.filter(({ kept }) => kept === 'throughout').length;
      about({ details: { charter: charter.name, from: first, until: last, promises: promises.length, throughout } });
      return this.signer.state(ATTESTATION_KIND, statement);
    }, 'region');
  }
}

/** Every look under a charter until an instant, by question, in the order in which they were taken. */
async function looksAt(tx: Tx, charter: Charter, until: Date): Promise<ReadonlyMap<string, Look[]>> {
  const rows = await tx.query<Look & { probe: string; digest: string }>(
    `select probe, parameters_digest as digest, state, at from evidence
     where charter_digest = $1 and at < $2 order by at`,
    [charter.digest, until],
  );
  return Map.groupBy(rows, ({ probe, digest }) => `${probe} ${digest}`);
}

function attested(
  { id, sentence: text, probe, with: parameters, freshFor }: CharterPromise,
  looks: ReadonlyMap<string, Look[]>,
  from: Date,
  until: Date,
): Attestation['promises'][number] {
  const all = probe ? (looks.get(questionKey(probe, parameters)) ?? []) : [];
  const within = all.filter(({ at }) => at >= from);
  const count = (state: Look['state']) => within.filter((look) => look.state === state).length;
  const counts = { kept: count('kept'), broken: count('broken'), unproven: count('unproven') };
  const broken = within.filter(({ state }) => state === 'broken').slice(-MAX_BROKEN);
  return {
    id,
    text,
    kept: keptOver(all, within, freshFor, from, until),
    looks: counts,
    ...(within.length > 0 ? { firstAt: within[0]!.at.toISOString(), lastAt: within.at(-1)!.at.toISOString() } : {}),
    brokenAt: broken.map(({ at }) => at.toISOString()),
  };
}

function keptOver(
  all: readonly Look[],
  within: readonly Look[],
  freshFor: string,
  from: Date,
  until: Date,
): Attestation['promises'][number]['kept'] {
  if (within.length === 0) return 'unproven';
  if (within.some(({ state }) => state !== 'kept')) return 'not-throughout';
  // What was found before the period speaks for its beginning, as long as it is fresh.
  const before = all.filter(({ at }) => at < from).at(-1);
  const times = [...(before?.state === 'kept' ? [before.at] : []), ...within.map(({ at }) => at)];
  const isCovered =
    times[0]! <= from && [...times.slice(1), until].every((at, place) => addDuration(times[place]!, freshFor) >= at);
  return isCovered ? 'throughout' : 'when-looked-at';
}
