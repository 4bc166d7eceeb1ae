import type { CellKind } from '@millrace/connector-sdk';

/** Objects below this number come with the server, so that it means the same on every server (`FirstNormalObjectId`). */
const FIRST_USER_OID = 16_384;

const KINDS: Record<string, CellKind> = {
  bool: 'boolean',
  int2: 'int2',
  int4: 'int4',
  int8: 'int8',
  float4: 'float4',
  float8: 'float8',
  numeric: 'numeric',
  text: 'text',
  varchar: 'text',
  bpchar: 'text',
  name: 'text',
  bytea: 'bytes',
  uuid: 'uuid',
  date: 'date',
  time: 'time',
  timetz: 'timetz',
  timestamp: 'timestamp',
  timestamptz: 'timestamptz',
  interval: 'interval',
  json: 'json',
  jsonb: 'jsonb',
};

/** Types whose binary form is a number that only their own database understands. */
const LOCAL_NUMBERS = /^(reg\w+|xid8?|cid|tid|oidvector|int2vector|aclitem|pg_\w+|refcursor)$/;

/** What the catalog says about a column's type, domains resolved to their base. */
export interface CatalogType {
  readonly oid: number;
  readonly name: string;
  /** `pg_type.typtype`: b(ase), c(omposite), e(num), m(ultirange), r(ange). */
  readonly sort: string;
  /** Name of an array's element type; null for all others. */
  readonly elementName: string | null;
}

export interface CellForm {
  readonly kind: CellKind;
  /**
   * How the cells travel: `binary` as the type's own binary form, `cast` as its text form, made and read by the server
   * (for types whose binary form is unknown or depends on their database).
   */
  readonly form: 'binary' | 'cast';
  /** Whether values can be ordered and compared by the type's own operators, wherever the search path points. */
  readonly ordered: boolean;
}

export function cellForm(type: CatalogType): CellForm {
  const builtIn = type.oid < FIRST_USER_OID;
  const kind = builtIn ? KINDS[type.name] : undefined;
  if (kind) return { kind, form: 'binary', ordered: kind !== 'json' };
  // An enum's binary form is its label, and citext's is its text.
  if (type.sort === 'e') return { kind: 'text', form: 'binary', ordered: true };
  if (type.name === 'citext') return { kind: 'text', form: 'binary', ordered: false };
  if (builtIn && isPortable(type)) return { kind: 'native', form: 'binary', ordered: false };
  return { kind: 'text', form: 'cast', ordered: false };
}

/** An array of a built-in type is itself built in, and its binary form names the element by a number that is the same everywhere. */
function isPortable(type: CatalogType): boolean {
  return type.sort !== 'c' && !LOCAL_NUMBERS.test(type.elementName ?? type.name);
}

const BUILT_IN_TYPE = new RegExp(
  '^(boolean|smallint|integer|bigint|real|double precision|numeric|text|name|character varying|character|bytea|uuid|date|' +
    '(time|timestamp)(\\(\\d\\))? with(out)? time zone|interval( [a-z ]+)?|jsonb?|inet|cidr|macaddr8?|bit|bit varying|' +
    'point|line|lseg|box|path|polygon|circle|(int4|int8|num|ts|tstz|date)(multi)?range|tsvector|tsquery|xml|money|oid|' +
    'jsonpath|"char")(\\(\\d+(,-?\\d+)?\\))?(\\[\\])*$',
);

const DEFAULT_TYPES: Record<CellKind, string> = {
  boolean: 'boolean',
  int2: 'smallint',
  int4: 'integer',
  int8: 'bigint',
  float4: 'real',
  float8: 'double precision',
  numeric: 'numeric',
  text: 'text',
  bytes: 'bytea',
  uuid: 'uuid',
  date: 'date',
  time: 'time without time zone',
  timetz: 'time with time zone',
  timestamp: 'timestamp without time zone',
  timestamptz: 'timestamp with time zone',
  interval: 'interval',
  json: 'json',
  jsonb: 'jsonb',
  native: 'text',
};

/**
 * Type with which a missing target column is created: the source's own where it is one that every server has, otherwise
 * the one that fits the kind. Nothing but the words of the pattern above ever reaches the statement.
 */
export function creationType(kind: CellKind, sourceType: string): string {
  return BUILT_IN_TYPE.test(sourceType) ? sourceType : DEFAULT_TYPES[kind];
}
