import { signUp } from '@millrace/contracts';
import type { EvidenceReader } from '@millrace/service';
import { optionalFields } from './account/account-fields.js';

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
};
