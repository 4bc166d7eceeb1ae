import { consistencyProof, verifyConsistency } from '@millrace/ledger';
import { rolesOf } from '@millrace/privacy';
import type { EvidenceReader, Inquiry } from '@millrace/service';
import { LedgerSigner } from './ledger-signer.js';
import { treeReader } from './ledger-store.js';

/** Checkpoints that are compared with their predecessors. */
const LAST_CHECKPOINTS = 10;
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
