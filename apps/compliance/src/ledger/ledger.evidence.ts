import { consistencyProof, verifyConsistency } from '@millrace/ledger';
import { rolesOf } from '@millrace/privacy';
import type { EvidenceReader, Inquiry } from '@millrace/service';
import { ForgottenSubjects } from './forgotten-subjects.js';
import { LedgerSigner } from './ledger-signer.js';
import { treeReader } from './ledger-store.js';

/** Checkpoints that are compared with their predecessors. */
const LAST_CHECKPOINTS = 10;
/** People who are looked up at once. */
const PEOPLE_AT_ONCE = 5_000;
/** Before every id. */
const NOBODY = '00000000-0000-0000-0000-000000000000';
const APPEND_ONLY_TABLES = ['ledger_leaf', 'ledger_node', 'ledger_checkpoint'];
const CHANGING = ['UPDATE', 'DELETE', 'TRUNCATE'];

interface Point {
  readonly size: number;
  readonly root: Buffer;
  readonly note: string;
}

/** Who may change what was appended, and whether each of the last trees starts with the one before. */
export const ledgerAppendOnly: EvidenceReader = async ({ tx, runtime }) => {
  const signer = await ledgerSigner(runtime);
  const points = await lastCheckpoints(tx);
  const inconsistent: { from: number; to: number }[] = [];
  for (const [index, point] of points.slice(1).entries()) {
    const before = points[index]!;
    if (!(await isConsistent(tx, before, point))) inconsistent.push({ from: before.size, to: point.size });
  }
  const forged = points.filter((point) => !isSigned(signer, point)).map((point) => point.size);
  return {
    grants: await changingGrants(tx),
    checkpoints: points.length,
    treeSize: points.at(-1)?.size ?? 0,
    inconsistent,
    forged,
  };
};

/** People whom the ledger's personal fields are about, and how many of them it should have forgotten. */
export const ledgerForgets: EvidenceReader = async ({ tx, runtime }) => {
  const list = await ForgottenSubjects.of(runtime);
  let [people, remembered] = [0, 0];
  for (let after = NOBODY; ;) {
    const page = await tx.query<{ id: string }>(
      `select distinct subject_id as id from ledger_personal where subject_id > $1 order by 1 limit ${PEOPLE_AT_ONCE}`,
      [after],
    );
    const ids = page.map(({ id }) => id);
    people += ids.length;
    remembered += (await list.among(tx, ids)).size;
    if (ids.length < PEOPLE_AT_ONCE) break;
    after = ids.at(-1)!;
  }
  const [forgotten] = await tx.query<{ rows: number }>('select count(*)::int as rows from forgotten_subject');
  return { people, remembered, forgotten: forgotten!.rows };
};

/** The signer that a region's ledger has. */
export async function ledgerSigner({ charters, config, secrets }: Inquiry['runtime']): Promise<LedgerSigner> {
  return new LedgerSigner(`millrace/${charters.name}/${config.region}`, await secrets.signingKey('ledger'));
}

/** The rights that would let a service change the ledger, as the live catalog has them. */
function changingGrants(tx: Inquiry['tx']): Promise<{ role: string; table: string; privilege: string }[]> {
  const { app, region } = rolesOf('compliance');
  return tx.query(
    `select role.name as role, ledger.name as table, privilege.name as privilege
     from unnest($1::text[]) as role(name), unnest($2::text[]) as ledger(name), unnest($3::text[]) as privilege(name)
     where has_table_privilege(role.name, 'public.' || ledger.name, privilege.name)
       or privilege.name = 'UPDATE' and has_any_column_privilege(role.name, 'public.' || ledger.name, 'UPDATE')
     order by 1, 2, 3`,
    [[app, region], APPEND_ONLY_TABLES, CHANGING],
  );
}

async function lastCheckpoints(tx: Inquiry['tx']): Promise<Point[]> {
  const rows = await tx.query<{ size: string; root: Buffer; note: string }>(
    `select tree_size as size, root, note from ledger_checkpoint order by tree_size desc limit ${LAST_CHECKPOINTS}`,
  );
  return rows.map((row) => ({ ...row, size: Number(row.size) })).reverse();
}

async function isConsistent(tx: Inquiry['tx'], before: Point, after: Point): Promise<boolean> {
  try {
    const proof = await consistencyProof(treeReader(tx.query.bind(tx)), before.size, after.size);
    return verifyConsistency({
      oldSize: before.size,
      oldRoot: before.root,
      newSize: after.size,
      newRoot: after.root,
      proof,
    });
  } catch {
    return false;
  }
}

function isSigned(signer: LedgerSigner, point: Point): boolean {
  try {
    const { size, root } = signer.read(point.note);
    return size === point.size && point.root.equals(root);
  } catch {
    return false;
  }
}
