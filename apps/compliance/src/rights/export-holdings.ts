import {
  type ContextName,
  contextNames,
  contextOperations,
  kernelProblems,
  type Part,
  resolveSubject,
  type SubjectKeys,
} from '@millrace/contracts';
import { Problem } from '@millrace/kernel';
import type { Call } from '@millrace/messaging';
import type { Database } from '@millrace/persistence';
import type { Runtime } from '@millrace/service';
import type { CaseDesk } from './case-desk.js';
import { beginning, type CopyPlace, ending, isAtEnd, pageOf, readPlace, writePlace } from './copy-text.js';

/**
 * A part is done once it has this much: a page more (256 KiB) and base64 keep it far below the largest message (900 KiB), which
 * leaves room for a row that is larger than a page. Nearly everybody's copy is one part, so that it is whole or none.
 */
const PART_BYTES = 32 * 1024;

/** Gives people a copy of everything that every service holds about them, however much that is. */
export class ExportHoldings {
  constructor(
    private readonly runtime: Runtime,
    private readonly database: Database,
    private readonly desk: CaseDesk,
  ) {}

  /** The first part. @throws Problem `kernel.unavailable` when a service does not answer */
  async execute(call: Call): Promise<Part> {
    const { charter, clock } = this.runtime;
    const keys = await call.ask(resolveSubject, { userId: call.user.userId });
    const { caseId } = await call.tx((tx) => this.desk.open(tx, 'access', keys));
    const first: CopyPlace = { caseId, context: 0, rows: 0 };
    const text = beginning({ caseId, exportedAt: clock.now().toISOString(), charter: charter.name });
    const { part, place } = await this.part(text, first, keys, call);
    await call.act(async (_tx, about) => {
      about({ target: { kind: 'case', id: caseId }, details: { contexts: contextNames.length } });
    });
    return this.answer(part, place, call);
  }

  /** A further part. @throws Problem `kernel.not-found` once the copy was ended, or where it is not the caller's */
  async goOn(next: string, call: Call): Promise<Part> {
    const place = readPlace(next);
    const [own] = await call.tx((tx) =>
      tx.query<{ keys: SubjectKeys }>('select keys from case_subject where case_id = $1 and user_id = $2', [
        place?.caseId ?? null,
        call.user.userId,
      ]),
    );
    if (!place || !own) throw new Problem(kernelProblems.notFound);
    const { part, place: then } = await this.part('', place, own.keys, call);
    return this.answer(part, then, call);
  }

  private async part(text: string, from: CopyPlace, keys: SubjectKeys, call: Call) {
    const texts = [text];
    let place = from;
    for (let bytes = 0; bytes < PART_BYTES && !isAtEnd(place);) {
      const page = await this.page(contextNames[place.context]!, place.cursor, keys, call);
      const written = pageOf(page, place);
      texts.push(written.text);
      bytes += Buffer.byteLength(written.text);
      place = written.place;
    }
    return { part: texts.join(''), place };
  }

  private page(context: ContextName, cursor: string | undefined, subject: SubjectKeys, call: Call) {
    return call.ask(contextOperations(context).exportHoldings, { subject, cursor });
  }

  private async answer(text: string, place: CopyPlace, call: Call): Promise<Part> {
    const isLast = isAtEnd(place);
    if (isLast) await this.complete(place, call);
    const part = Buffer.from(isLast ? text + ending : text).toString('base64');
    return isLast ? { part } : { part, next: writePlace(place) };
  }

  private async complete({ caseId, rows }: CopyPlace, call: Call): Promise<void> {
    await this.database.region({ kind: 'service' }, async (tx) => {
      await tx.query(`update rights_case set state = 'done', completed_at = $2 where id = $1`, [
        caseId,
        this.runtime.clock.now(),
      ]);
      await tx.query('delete from case_subject where case_id = $1', [caseId]);
    });
    await call.tx((tx) =>
      tx.audit({ event: 'subject.copy-completed', target: { kind: 'case', id: caseId }, details: { rows } }),
    );
  }
}
