import type { CharterDocument } from '@millrace/charter';
import { type EgressIntent, EgressGuard, type SubProcessor } from '@millrace/egress';
import { type Database, recordingEgress } from '@millrace/persistence';
import type { Runtime } from '@millrace/service';

const PURPOSE = 'communication';
/** All that a mail holds about a person; its words are the same for everybody (conflict C9). */
const CATEGORIES = ['email-address'];
/** The category of the register under which a charter lists whoever delivers its mail. */
const REGISTER_CATEGORY = 'email';

const entryOf = (document: CharterDocument) =>
  document.subProcessors.find(({ category }) => category === REGISTER_CATEGORY);

/** What the guard is told of a mail: why it leaves, what it carries, and to whom. */
export function mailIntent({ charter }: Pick<Runtime, 'charter'>): EgressIntent {
  return {
    purpose: PURPOSE,
    categories: CATEGORIES,
    recipient: { kind: 'sub-processor', id: entryOf(charter.document)?.id ?? REGISTER_CATEGORY },
  };
}

/** The guard of this service: one purpose, one recipient, one host, as the charter in force at the moment of sending has it. */
export function mailGuard(runtime: Runtime, database: Database): EgressGuard {
  const { config, clock } = runtime;
  return new EgressGuard({
    region: config.region,
    privateCidrs: config.egress.privateCidrs,
    clock,
    rules: {
      purposes: { [PURPOSE]: {} },
      subProcessor: (id) => mailProvider(runtime, id),
      customerConnection: { purposes: [], ceiling: [] },
    },
    record: recordingEgress(database),
  });
}

/** The charter's entry as the guard reads it; none where the charter allows no service mail at all. */
function mailProvider({ charter, config }: Runtime, id: string): SubProcessor | undefined {
  const entry = entryOf(charter.document);
  if (!entry || entry.id !== id || !config.mail || !charter.basisOf(PURPOSE)) return undefined;
  const here = charter.document.residency.regions[config.region]?.country === entry.location;
  return {
    enabled: entry.enabled,
    region: here ? config.region : entry.location.toLowerCase(),
    ceiling: entry.ceiling,
    purposes: [PURPOSE],
    hosts: [config.mail.host.toLowerCase()],
  };
}
