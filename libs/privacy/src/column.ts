import type { Category, Purpose, RetentionKey } from '@millrace/charter';

/** What erasure of the person does to a column: the whole row goes, the value goes, or it stays for a stated reason. */
export type OnErase = 'delete' | 'blank' | { readonly keep: string };

export interface PersonalMeaning {
  readonly category: Category;
  readonly purposes: readonly [Purpose, ...Purpose[]];
  readonly retention: RetentionKey;
  readonly onErase: OnErase;
  /** The column that holds the id of the person this is about. Default: the table's subject. */
  readonly of?: string;
}

export type ColumnClass = 'plain' | 'pseudonymous' | 'configuration' | 'personal' | 'secret';

/** A classified column. Only the builders of this file make one, so a column without a classification does not compile. */
export interface Column<T = unknown> {
  /** Type of the value in code; never set at run time. */
  readonly type?: T;
  readonly sql: string;
  readonly classification: ColumnClass;
  readonly meaning?: PersonalMeaning;
  readonly nullable: boolean;
  readonly primary: boolean;
  readonly unique: boolean;
  readonly tenant: boolean;
  /** SQL boolean over `{column}`. */
  readonly check?: string;
  /** SQL default. */
  readonly default?: string;
  /** The column gets a `<column>_lookup` beside it: a keyed hash that finds the person without the address. */
  readonly lookup: boolean;
  /** How a secret is stored: what a probe may expect in the column. */
  readonly secretForm?: 'bcrypt' | 'sha-256' | 'hmac-sha-256' | 'envelope' | 'sealed';
  /** The columns of the row that an envelope is bound to, by their names in code. */
  readonly boundTo?: readonly string[];
  readonly ormType: 'uuid' | 'text' | 'integer' | 'bigint' | 'boolean' | 'timestamptz' | 'bytea' | 'jsonb' | 'date';
}

export interface Shape {
  readonly nullable?: boolean;
  readonly primary?: boolean;
  readonly unique?: boolean;
  readonly default?: string;
}

export type WithLookup<T> = Column<T> & { readonly lookup: true };

type Value<T, O extends Shape | undefined> = O extends { nullable: true } ? T | null : T;

function column<T, const O extends Shape | undefined>(
  ormType: Column['ormType'],
  classification: ColumnClass,
  shape: O,
  rest: Partial<Omit<Column, 'type'>> = {},
): Column<Value<T, O>> {
  return {
    sql: ormType,
    ormType,
    classification,
    nullable: shape?.nullable ?? false,
    primary: shape?.primary ?? false,
    unique: shape?.unique ?? false,
    default: shape?.default,
    tenant: false,
    lookup: false,
    ...rest,
  };
}

const quoted = (values: readonly string[]) => values.map((value) => `'${value.replaceAll("'", "''")}'`).join(', ');
const atMost = (max: number) => `char_length({column}) <= ${max}`;

/** Columns that say nothing about a person. */
export const plain = {
  uuid: <const O extends Shape>(shape?: O) => column<string, O>('uuid', 'plain', shape as O),
  /** The organization that a row belongs to. */
  tenant: <const O extends Shape>(shape?: O) => column<string, O>('uuid', 'plain', shape as O, { tenant: true }),
  /** One of a closed set of words. */
  oneOf: <const V extends string, const O extends Shape>(values: readonly V[], shape?: O) =>
    column<V, O>('text', 'plain', shape as O, { check: `{column} in (${quoted(values)})` }),
  /** A word of the product's own vocabularies: codes, event names, ids of promises. At most `max` characters. */
  word: <const O extends Shape>(max = 100, shape?: O) =>
    column<string, O>('text', 'plain', shape as O, { check: atMost(max) }),
  integer: <const O extends Shape>(shape?: O) => column<number, O>('integer', 'plain', shape as O),
  /** A whole number up to 2^53 - 1. */
  bigint: <const O extends Shape>(shape?: O) => column<number, O>('bigint', 'plain', shape as O),
  boolean: <const O extends Shape>(shape?: O) => column<boolean, O>('boolean', 'plain', shape as O),
  instant: <const O extends Shape>(shape?: O) =>
    column<Date, O>('timestamptz', 'plain', shape as O, { sql: 'timestamptz(3)' }),
  /** Digests, signatures, public keys. */
  bytes: <const O extends Shape>(shape?: O) => column<Buffer, O>('bytea', 'plain', shape as O),
  /** JSON made by the product itself, every leaf of it impersonal: counters, evidence. */
  json: <T, const O extends Shape = Shape>(shape?: O) => column<T, O>('jsonb', 'plain', shape as O),
};

export interface ConfigurationMeaning {
  readonly retention: RetentionKey;
  /** Default `configuration`. */
  readonly category?: PersonalMeaning['category'];
  /** Default: sync alone. */
  readonly purposes?: PersonalMeaning['purposes'];
}

function configured({
  retention,
  category = 'configuration',
  purposes = ['sync'],
}: ConfigurationMeaning): Pick<Column, 'meaning'> {
  return {
    meaning: {
      category,
      purposes,
      retention,
      onErase: { keep: 'It belongs to the organization, not to one person' },
    },
  };
}

/** What an organization typed to configure its work; exported with the organization, deleted when it closes. */
export const configuration = {
  text: <const O extends Shape>(max: number, meaning: ConfigurationMeaning, shape?: O) =>
    column<string, O>('text', 'configuration', shape as O, { check: atMost(max), ...configured(meaning) }),
  json: <T, const O extends Shape = Shape>(meaning: ConfigurationMeaning, shape?: O) =>
    column<T, O>('jsonb', 'configuration', shape as O, configured(meaning)),
};

/** What was computed of many records, in groups of at least as many people as the charter asks for. */
export const aggregate = {
  json: <T, const O extends Shape = Shape>({ retention }: ConfigurationMeaning, shape?: O) =>
    column<T, O>('jsonb', 'configuration', shape as O, {
      meaning: {
        category: 'metric',
        purposes: ['sync'],
        retention,
        onErase: { keep: 'It covers many people and tells about none of them' },
      },
    }),
};

/** Columns about a person. */
export const personal = {
  /** An e-mail address; a keyed lookup column is made beside it. */
  email: <const O extends Shape>(meaning: PersonalMeaning, shape?: O) =>
    column<string, O>('text', 'personal', shape as O, { meaning, lookup: true, check: atMost(254) }) as WithLookup<
      Value<string, O>
    >,
  text: <const O extends Shape>(max: number, meaning: PersonalMeaning, shape?: O) =>
    column<string, O>('text', 'personal', shape as O, { meaning, check: atMost(max) }),
  instant: <const O extends Shape>(meaning: PersonalMeaning, shape?: O) =>
    column<Date, O>('timestamptz', 'personal', shape as O, { meaning, sql: 'timestamptz(3)' }),
  /** JSON whose every leaf is treated as personal. */
  json: <T, const O extends Shape = Shape>(meaning: PersonalMeaning, shape?: O) =>
    column<T, O>('jsonb', 'personal', shape as O, { meaning }),
  /** The id of a user: pseudonymous. */
  userId: <const O extends Shape>(meaning: PersonalMeaning, shape?: O) =>
    column<string, O>('uuid', 'pseudonymous', shape as O, { meaning }),
};

export interface SecretMeaning {
  readonly retention: RetentionKey;
}

export interface EnvelopeMeaning extends SecretMeaning {
  /** The columns that say which secret this is. The envelope opens for no other values of them, and in no other column. */
  readonly boundTo: readonly [string, ...string[]];
}

const secretMeaning = ({ retention }: SecretMeaning): PersonalMeaning => ({
  category: 'credential',
  purposes: ['security'],
  retention,
  onErase: 'delete',
});

/** Columns that are never shown to anyone, exports included (11 CCR 7024(d)). */
export const secret = {
  /** A one-way hash: bcrypt as text, the others as bytes. */
  bcrypt: <const O extends Shape>(meaning: SecretMeaning, shape?: O) =>
    column<string, O>('text', 'secret', shape as O, { meaning: secretMeaning(meaning), secretForm: 'bcrypt' }),
  digest: <const O extends Shape>(form: 'sha-256' | 'hmac-sha-256', meaning: SecretMeaning, shape?: O) =>
    column<Buffer, O>('bytea', 'secret', shape as O, {
      meaning: secretMeaning(meaning),
      secretForm: form,
      check: 'octet_length({column}) = 32',
    }),
  /** An AES-256-GCM envelope of `crypto`. */
  envelope: <const O extends Shape>({ boundTo, ...meaning }: EnvelopeMeaning, shape?: O) =>
    column<Buffer, O>('bytea', 'secret', shape as O, {
      meaning: secretMeaning(meaning),
      secretForm: 'envelope',
      boundTo,
    }),
  /** A value sealed by a `Sealer` of `crypto`: positions, bounds, keys of partitions. */
  sealed: <const O extends Shape>(meaning: SecretMeaning, shape?: O) =>
    column<Buffer, O>('bytea', 'secret', shape as O, {
      meaning: { ...secretMeaning(meaning), category: 'sync-position' },
      secretForm: 'sealed',
    }),
};
