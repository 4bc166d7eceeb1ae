import {
  type ContextName,
  contextNames,
  contextOperations,
  type Part,
  resolveSubject,
  type SubjectKeys,
} from '@millrace/contracts';
import type { Call } from '@millrace/messaging';
import type { Database } from '@millrace/persistence';
import type { Runtime } from '@millrace/service';
import type { CaseDesk } from './case-desk.js';
import * as bundle from './bundle-lines.js';
import * as copy from './copy-text.js';
import { type CopyPlace, isAtEnd, readPlace, writePlace } from './copy-text.js';

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

  /** The first part of a JSON document. @throws Problem `kernel.unavailable` when a service does not answer */
  async execute(call: Call): Promise<Part> {
    const { charter } = this.runtime;
    return this.begin(call, ({ caseId, exportedAt }) => ({
      text: copy.beginning({ caseId, exportedAt, charter: charter.name }),
      place: { caseId, context: 0, rows: 0 },
    }));
  }

  /** The first part of a bundle's lines. @throws Problem `kernel.unavailable` when a service does not answer */
  async bundle(call: Call): Promise<Part> {
    const { charter, config } = this.runtime;
    return this.begin(call, ({ caseId, exportedAt }) => ({
      text: bundle.beginning({ caseId, exportedAt, charter: charter.name, region: config.region }),
      place: { caseId, context: 0, rows: 0, pass: 'json' },
    }));
  }

  /** A further part. @throws Problem `kernel.not-found` once the copy was ended, or where it is not the caller's */
  async goOn(next: string, call: Call): Promise<Part> {
    const place = readPlace(next);
    const keys = await this.desk.keysOf(place?.caseId, call);
    const { part, place: then } = await this.part('', place!, keys, call);
    return this.answer(part, then, call);
  }

  private async begin(
    call: Call,
    first: (opened: { caseId: string; exportedAt: string }) => { text: string; place: CopyPlace },
  ): Promise<Part> {
    const keys = await call.ask(resolveSubject, { userId: call.user.userId });
    const { caseId } = await call.tx((tx) => this.desk.open(tx, 'access', keys));
    const { text, place: start } = first({ caseId, exportedAt: this.runtime.clock.now().toISOString() });
    const { part, place } = await this.part(text, start, keys, call);
    await call.act(async (_tx, about) => {
      about({ target: { kind: 'case', id: caseId }, details: { contexts: contextNames.length } });
    });
    return this.answer(part, place, call);
  }

  private async part(text: string, from: CopyPlace, keys: SubjectKeys, call: Call) {
    const texts = [text];
    let place = from;
    for (let bytes = 0; bytes < PART_BYTES && !isAtEnd(place);) {
      const page = await this.page(contextNames[place.context]!, place.cursor, keys, call);
      const written = (place.pass === undefined ? copy : bundle).pageOf(page, place);
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
    const isDocument = place.pass === undefined;
    const isLast = isAtEnd(place);
    // A bundle is complete once its manifest is signed.
    if (isLast && isDocument) await this.complete(place, call);
    const part = Buffer.from(isLast && isDocument ? text + copy.ending : text).toString('base64');
    return isLast ? { part } : { part, next: writePlace(place) };
  }

  private async complete({ caseId, rows }: CopyPlace, call: Call): Promise<void> {
    await this.database.region({ kind: 'service' }, (tx) => this.desk.complete(tx, caseId));
    await call.tx((tx) =>
      tx.audit({ event: 'subject.copy-completed', target: { kind: 'case', id: caseId }, details: { rows } }),
    );
  }
}
