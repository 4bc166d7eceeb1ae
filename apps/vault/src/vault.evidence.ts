import { type AuthWay, authWays, charterNameOf, factsOf, type Provider, providerNames } from '@millrace/contracts';
import { organizationKeyName, parseEnvelopeHeader } from '@millrace/crypto';
import { addDuration } from '@millrace/kernel';
import { envelopeColumns, toSnake } from '@millrace/privacy';
import type { EvidenceReader, Inquiry } from '@millrace/service';
import { meaningOfColumn } from './connection/connection.table.js';
import { askedScopes } from './provider/asked-scopes.js';
import { tables } from './tables.js';

/** Envelopes read at once; each is a few hundred bytes. */
const PAGE_ROWS = 1_000;

interface StoredEnvelope {
  readonly id: string;
  readonly org_id: string;
  readonly envelope: Buffer;
}

interface Source {
  readonly field: string;
  readonly table: string;
  readonly column: string;
}
const sources: readonly Source[] = envelopeColumns(tables).map(({ table, key, field }) => ({
  field,
  table: table.name,
  column: toSnake(key),
}));

/** Answers of the vault to the promise probes. */
export const evidence: Record<string, EvidenceReader> = {
  /** Every stored secret must be an AES-256-GCM envelope under its own organization's key (`vault.ciphertexts-aes256`). */
  ciphertexts: async ({ tx }) => {
    const fields: Record<string, number> = {};
    const forms = new Set<string>();
    const violations: { table: string; id: string; fault: string }[] = [];
    for (const source of sources) {
      for await (const { id, org_id: orgId, envelope } of storedEnvelopes(tx, source)) {
        const { form, fault } = judge(envelope, orgId);
        fields[source.field] = (fields[source.field] ?? 0) + 1;
        if (form) forms.add(form);
        if (fault) violations.push({ table: source.table, id, fault });
      }
    }
    return {
      envelopes: Object.values(fields).reduce((sum, count) => sum + count, 0),
      fields,
      forms: [...forms].sort(),
      violations: violations.slice(0, PAGE_ROWS),
      violationCount: violations.length,
    };
  },

  /** No lease after a revocation, and no ciphertext of a revoked connection beyond the charter's time to forget (`vault.use-after-revoke`). */
  'use-after-revoke': async ({ tx, runtime }) => {
    const cutoff = forgetCutoff(runtime);
    const [row] = await tx.query<Record<string, number>>(
      `select (select count(*)::int from connection where state = 'revoked') as "revokedConnections",
         (select count(*)::int from lease_log) as leases,
         (select count(*)::int from lease_log l join connection c on c.id = l.connection_id where l.at > c.revoked_at) as "leasesAfterRevocation",
         (select count(*)::int from credential r join connection c on c.id = r.connection_id
            where c.state = 'revoked' and r.ciphertext is not null) as "ciphertextsLeft",
         (select count(*)::int from credential r join connection c on c.id = r.connection_id
            where c.state = 'revoked' and (r.ciphertext is not null or r.renewal is not null) and c.revoked_at < $1) as "ciphertextsOverdue"`,
      [cutoff],
    );
    return { ...row, forgottenBefore: cutoff.toISOString() };
  },

  /** What a connector is asked for, and what its grants carry (`vault.grant-scopes`). */
  'grant-scopes': async ({ tx, runtime, parameters }) => {
    const names = providerNames.filter((name) => charterNameOf(name) === parameters['connector']);
    const asked = names.flatMap((name) => askedScopes(name, runtime.charter));
    const [row] = await tx.query<{ connections: number; granted: string[] }>(
      `select count(*)::int as connections,
         coalesce((select array_agg(distinct scope) from connection g, jsonb_array_elements_text(g.scopes) scope
           where g.provider = any($1) and g.state = 'active'), '{}') as granted
         from connection c where c.provider = any($1) and c.state = 'active'`,
      [names],
    );
    return { asked, ...row };
  },

  /** The ways in which a connector, or any, can be connected under this charter, and in which it is (`vault.ways-in`). */
  'ways-in': async ({ tx, runtime, parameters }) => {
    const connector = parameters['connector'] as string | undefined;
    const names = providerNames.filter((name) => connector === undefined || charterNameOf(name) === connector);
    const offered = authWays.filter((way) =>
      names.some((name) => waysOf(name).includes(way) && runtime.charter.connection(charterNameOf(name), way).allowed),
    );
    const used = await tx.query<{ way: string; connections: number }>(
      'select auth as way, count(*)::int as connections from connection where provider = any($1) group by auth order by auth',
      [names],
    );
    return { offered, used };
  },

  /** How the ends of revoked connections went at their providers (`vault.grants-ended`). */
  'grants-ended': async ({ tx, runtime }) => {
    const [row] = await tx.query<Record<'revoked' | 'ended' | 'givenUp' | 'overdue' | 'untracked', number>>(
      `select count(*)::int as revoked, (count(*) filter (where at_provider = 'done'))::int as ended,
         (count(*) filter (where at_provider = 'given-up'))::int as "givenUp",
         (count(*) filter (where at_provider = 'pending' and revoked_at < $1))::int as overdue,
         (count(*) filter (where at_provider = 'pending'
           and not exists (select 1 from provider_task t where t.connection_id = connection.id)))::int as untracked
       from connection where state = 'revoked'`,
      [forgetCutoff(runtime)],
    );
    return { ...row! };
  },

  /** What of a connector's revoked connections is left beyond its time (`connector.forgotten`). */
  forgotten: async ({ tx, runtime, parameters }) => {
    const connector = parameters['connector'] as string;
    const { forgetWithin } = runtime.charter.document.connectors[connector] ?? {};
    if (forgetWithin === undefined) return { isListed: false, revoked: 0, left: 0, leasesAfter: 0 };
    const [row] = await tx.query<{ revoked: number; left: number; leasesAfter: number }>(
      `select count(*)::int as revoked,
         (count(*) filter (where revoked_at < $2 and exists (select 1 from credential r where r.connection_id = c.id
           and (r.ciphertext is not null or r.renewal is not null))))::int as left,
         (count(*) filter (where exists (select 1 from lease_log l where l.connection_id = c.id and l.at > c.revoked_at)))::int
           as "leasesAfter"
       from connection c where state = 'revoked' and provider = any($1)`,
      [
        providerNames.filter((name) => charterNameOf(name) === connector),
        addDuration(runtime.clock.now(), forgetWithin, -1),
      ],
    );
    return { isListed: true, ...row! };
  },

  /** What the live connection table says of the provider's account, and what else it holds (`vault.connection-columns`). */
  'connection-columns': async ({ tx }) => {
    const live = await tx.query<{ column: string }>(
      `select column_name as column from information_schema.columns where table_schema = 'public' and table_name = 'connection' order by ordinal_position`,
    );
    const names = (meaning: string | undefined) =>
      live.map((row) => row.column).filter((column) => meaningOfColumn(column) === meaning);
    const account = (['provider', 'accountName'] as const).filter((meaning) => names(meaning).length > 0);
    return { account, configuration: names('configuration'), own: names('own'), unknown: names(undefined) };
  },
};

function waysOf(name: Provider): AuthWay[] {
  const { direct, oauth } = factsOf(name);
  return [direct?.auth, oauth?.auth].filter((way) => way !== undefined);
}

async function* storedEnvelopes(tx: Inquiry['tx'], { table, column }: Source): AsyncGenerator<StoredEnvelope> {
  for (let after = '00000000-0000-0000-0000-000000000000'; ;) {
    const page = await tx.query<StoredEnvelope>(
      `select id, org_id, ${column} as envelope from ${table} where ${column} is not null and id > $1 order by id limit ${PAGE_ROWS}`,
      [after],
    );
    yield* page;
    if (page.length < PAGE_ROWS) return;
    after = page.at(-1)!.id;
  }
}

function judge(envelope: Buffer, orgId: string): { form?: string; fault?: string } {
  try {
    const { algorithm, keyBits, keyName } = parseEnvelopeHeader(envelope);
    const form = `${algorithm}/${keyBits}`;
    return keyName === organizationKeyName(orgId) ? { form } : { form, fault: 'another-organizations-key' };
  } catch {
    return { fault: 'not-an-envelope' };
  }
}

/** Connections revoked before this have used up the time that the charter gives to forget their credential. */
function forgetCutoff({ charter, clock }: Inquiry['runtime']): Date {
  const now = clock.now();
  const grants = providerNames.flatMap((name) => charter.document.connectors[charterNameOf(name)] ?? []);
  // The shortest time that any of them is given is kept by all.
  const cutoffs = grants.map(({ forgetWithin }) => addDuration(now, forgetWithin, -1).getTime());
  if (cutoffs.length > 0) return new Date(Math.max(...cutoffs));
  return charter.binds('connection-credential')
    ? addDuration(now, charter.retention('connection-credential').keep, -1)
    : now;
}
