import { signUp } from '@millrace/contracts';
import { addDuration } from '@millrace/kernel';
import { rolesOf, toSnake } from '@millrace/privacy';
import type { EvidenceReader } from '@millrace/service';
import { optionalFields } from './account/account-fields.js';
import { oneTimeLives } from './one-time/one-time-secrets.js';

/** Answers of identity to the promise probes. */
export const evidence: Record<string, EvidenceReader> = {
  /** Every stored password hash must be bcrypt of cost 12 or more, those of sign-ups that wait included (promises F6, D5, X6). */
  'password-hashes': async ({ tx }) => {
    const [row] = await tx.query<{ accounts: number; weak: number }>(
      `select count(*)::int as accounts, count(*) filter (where password_hash !~ '^\\$2[aby]\\$(1[2-9]|[23][0-9])\\$.{53}$')::int as weak
       from (select password_hash from account union all select password_hash from sign_up) as one`,
    );
    return { ...row };
  },
  /** What sign-up takes, what accounts and sign-ups that wait hold, and what the charter asks for. */
  'account-fields': async ({ tx, runtime }) => {
    const columns = await tx.query<{ column: string }>(
      `select column_name as column from information_schema.columns where table_schema = 'public' and table_name = 'account'`,
    );
    const declared = Object.keys(signUp.input.shape).filter(
      (key) => key === 'email' || (optionalFields as readonly string[]).includes(key),
    );
    const asked = [...runtime.charter.document.accounts.fields];
    const used = await tx.query<{ field: string }>(
      `select f.field from (select name, company, job_title, phone, username from account
           union all select name, company, job_title, phone, username from sign_up) a
         cross join lateral (values ('name', a.name), ('company', a.company), ('jobTitle', a.job_title),
         ('phone', a.phone), ('username', a.username)) as f(field, value) where f.value is not null group by f.field`,
    );
    return {
      accepted: declared.filter((field) => asked.includes(field as never)),
      stored: ['email', ...used.map((row) => row.field)],
      columns: columns.map((row) => row.column),
    };
  },
  /** Codes and links that are mailed: how they are stored, and for how long (promises X7, X37). */
  'one-time-secrets': async ({ tx, runtime }) => {
    const { clock, charter } = runtime;
    const now = clock.now();
    const purposes = [];
    for (const [purpose, life] of Object.entries(oneTimeLives(charter))) {
      const [row] = await tx.query<{ stored: number; notHashed: number; tooLong: number }>(
        `select count(*)::int as stored, (count(*) filter (where octet_length(secret_hash) <> 32))::int as "notHashed",
           (count(*) filter (where expires_at - created_at > $2 * interval '1 millisecond'))::int as "tooLong"
         from (select purpose, secret_hash, created_at, expires_at from one_time_secret
           union all select 'invitation', secret_hash, created_at, expires_at from invitation) as one where purpose = $1`,
        [purpose, addDuration(now, life).getTime() - now.getTime()],
      );
      purposes.push({ purpose, life, ...row! });
    }
    return { purposes };
  },
  /** Looks of staff at customers' data that were opened, and whether the customer's own role may read of them (promise F17). */
  'staff-access': async ({ tx, runtime }) => {
    const { clock, charter } = runtime;
    const now = clock.now();
    const { approvals, lasts } = charter.document.staff.breakGlass;
    const [row] = await tx.query<Record<'opened' | 'withTooFew' | 'tooLong' | 'withoutReason', number>>(
      `select count(*)::int as opened,
         (count(*) filter (where 1 + (select count(distinct person) from jsonb_array_elements_text(approved_by) as person
           where person <> staff_id::text) < $1))::int as "withTooFew",
         (count(*) filter (where ends_at is null or ends_at - opened_at > $2 * interval '1 millisecond'))::int as "tooLong",
         (count(*) filter (where reason = ''))::int as "withoutReason"
       from staff_access where opened_at is not null`,
      [approvals, addDuration(now, lasts).getTime() - now.getTime()],
    );
    const readable = await tx.query(
      `select 1 from pg_policies where schemaname = 'public' and tablename = 'staff_access' and $1 = any(roles) and cmd in ('SELECT', 'ALL')`,
      [rolesOf('identity').app],
    );
    return { ...row!, isVisible: readable.length > 0 };
  },
  /** Live columns outside the table of staff that would hold what is held of staff only (promise X11). */
  'staff-fields': async ({ tx, parameters }) => {
    const fields = (parameters['fields'] as string[]).map(toSnake);
    const found = await tx.query<{ name: string }>(
      `select table_name || '.' || column_name as name from information_schema.columns
       where table_schema = 'public' and column_name = any($1) and table_name <> 'staff' order by 1`,
      [fields],
    );
    return { columns: found.map(({ name }) => name) };
  },
};
