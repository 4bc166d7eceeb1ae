import { type Charter, type CharterPromise, probeCatalogue, type ProbeName } from '@millrace/charter';
import { newId } from '@millrace/kernel';
import type { Database } from '@millrace/persistence';
import type { Runtime } from '@millrace/service';
import { allProbes } from '../probe/all-probes.js';
import { ServiceQuestions } from '../probe/ask-services.js';
import { type Ask, type Evidence, type Probe, Unanswered, unproven, type Verdict } from '../probe/probe.js';
import { type Board, boardOf, questionKey } from './board.js';
import { digestOf } from './digest.js';
import { type Examined, latestFindings, storeEvidence } from './evidence-store.js';

/** Probes that run at the same time. */
const AT_ONCE = 4;

/** Runs the probes of the charter's promises, keeps what they found, and shows the board. */
export class PromiseBoard {
  constructor(
    private readonly runtime: Runtime,
    private readonly database: Database,
  ) {}

  async read(): Promise<Board> {
    const { charter, clock } = this.runtime;
    return boardOf(charter, await latestFindings(this.database, charter), clock.now());
  }

  /** Runs the probe of each promise, or of the promises named, once per question; the findings and their digest go into the ledger. */
  async verify(only?: readonly string[]): Promise<void> {
    const { charter, client, clock } = this.runtime;
    const ask = new ServiceQuestions(client);
    const questions = questionsOf(charter.promises.filter((promise) => !only || only.includes(promise.id)));
    const examined: Examined[] = [];
    const waiting = [...questions.values()];
    const worker = async () => {
      for (let next = waiting.shift(); next; next = waiting.shift())
        examined.push(await this.examine(next, ask, charter));
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    if (examined.length === 0) return;
    await this.database.region({ kind: 'service' }, async (tx) => {
      await storeEvidence(tx, charter, examined, clock.now());
      await tx.audit({ event: 'promise.probed', details: summaryOf(charter, examined) });
    });
  }

  private async examine({ probe, parameters }: Question, ask: Ask, charter: Charter): Promise<Examined> {
    const verdict = await verdictOn(probe, parameters, ask, { charter, now: this.runtime.clock.now() });
    return { id: newId(this.runtime.clock), probe, parametersDigest: digestOf(parameters), verdict };
  }
}

interface Question {
  readonly probe: ProbeName;
  readonly parameters: Evidence;
}

function questionsOf(promises: readonly CharterPromise[]): Map<string, Question> {
  return new Map(
    promises.flatMap(({ probe, with: parameters }) =>
      probe ? [[questionKey(probe, parameters), { probe, parameters }] as const] : [],
    ),
  );
}

/** What a probe finds. A probe that fails for any reason has proven nothing, and says so. */
async function verdictOn(
  name: ProbeName,
  given: Evidence,
  ask: Ask,
  setting: Parameters<Probe['examine']>[2],
): Promise<Verdict> {
  const parameters = probeCatalogue[name].parameters.safeParse(given);
  if (!parameters.success) return unproven('The charter gives the probe parameters that it does not take.');
  try {
    return await (allProbes[name] as Probe).examine(parameters.data as never, ask, setting);
  } catch (error) {
    return unproven(error instanceof Unanswered ? error.message : 'The probe failed before it could tell.');
  }
}

/** What the ledger keeps of a verification: counts, and the digest of everything that was found. */
function summaryOf(charter: Charter, examined: readonly Examined[]) {
  const count = (state: Verdict['state']) => examined.filter((one) => one.verdict.state === state).length;
  const findings = examined
    .map(({ probe, parametersDigest, verdict }) => ({ probe, parametersDigest, ...verdict }))
    .sort((a, b) => (`${a.probe} ${a.parametersDigest}` < `${b.probe} ${b.parametersDigest}` ? -1 : 1));
  return {
    charter: charter.name,
    charterDigest: charter.digest,
    findingsDigest: digestOf(findings),
    kept: count('kept'),
    broken: count('broken'),
    unproven: count('unproven'),
  };
}
