/** Every type in common use with values at its edges; a null row is added to each. */
export const TYPES: Record<string, readonly string[]> = {
  boolean: ['true', 'false'],
  smallint: ['-32768', '32767', '0'],
  integer: ['-2147483648', '2147483647', '0'],
  bigint: ['-9223372036854775808', '9223372036854775807', '9007199254740993'],
  real: ['NaN', 'Infinity', '-Infinity', '-0', '3.4028235e38', '1e-45'],
  'double precision': ['NaN', 'Infinity', '-Infinity', '-0', '1.7976931348623157e308', '5e-324', '0.1'],
  numeric: [
    'NaN',
    'Infinity',
    '-Infinity',
    '0.00',
    '-0.00001',
    `${'9'.repeat(200)}.${'8'.repeat(300)}`,
    '1e-400',
    '10000',
    '1.50',
  ],
  'numeric(12,3)': ['123456789.125', '-0.001'],
  text: ['', ' ', 'Ünïcödé 🦆 漢字', 'it\'s \\ "quoted"\n\ttab', 'x'.repeat(100_000)],
  'character varying(20)': ['zwanzig', ''],
  'character(8)': ['pad', 'eight888'],
  name: ['identifier'],
  '"char"': ['a'],
  bytea: ['\\x', '\\x00ff0a0d5c', '\\xdeadbeef'],
  uuid: ['00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff'],
  date: ['infinity', '-infinity', '4713-01-01 BC', '5874897-12-31', '2024-02-29', '1999-12-31'],
  'time without time zone': ['00:00:00', '24:00:00', '12:34:56.789012'],
  'time with time zone': ['00:00:00+15:59', '23:59:59.999999-15:59'],
  'timestamp without time zone': [
    'infinity',
    '-infinity',
    '4713-01-01 00:00:00 BC',
    '294276-12-31 23:59:59.999999',
    '2000-01-01',
  ],
  'timestamp with time zone': ['infinity', '-infinity', '1883-11-18 12:03:57.5+00', '2026-03-29 01:30:00.000001+00'],
  interval: ['1 year 2 mons -3 days 04:05:06.789', '-178000000 years', '00:00:00'],
  json: ['{"a": 1.10,  "a": 2, "big": 123456789012345678901234567890}', 'null', '"\\u00e9"'],
  jsonb: ['{"b": [1, 2.50, null], "a": "🦆"}', 'null', '[]'],
  'integer[]': ['{}', '{1,NULL,3}', '{{1,2},{3,4}}', '[5:6]={7,8}'],
  'text[]': ['{a,"b c",NULL,"NULL","\\"q\\""}'],
  'numeric[]': ['{1.50,NaN}'],
  int4range: ['empty', '[1,10)', '(,)'],
  tstzrange: ['["2024-01-01 00:00:00+00","2024-02-01 00:00:00+00")'],
  int4multirange: ['{[1,3),[5,7)}'],
  inet: ['192.168.0.1/24', '::1'],
  cidr: ['10.0.0.0/8'],
  macaddr: ['08:00:2b:01:02:03'],
  'bit varying': ['101', ''],
  'bit(3)': ['101'],
  point: ['(1.5,-2)'],
  polygon: ['((0,0),(1,0),(1,1))'],
  tsvector: ["'a':1 'fat':2"],
  xml: ['<a>1</a>'],
  money: ['$1,234.56'],
};

/** Types that belong to their database: the target has its own of the same name, or stores their text. */
export const USER_TYPES = `
  CREATE TYPE mood AS ENUM ('sad', 'so so', 'happy');
  CREATE DOMAIN positive AS numeric(10,2) CHECK (VALUE > 0);
  CREATE DOMAIN strictly AS positive CHECK (VALUE > 1);
  CREATE TYPE pair AS (a integer, b text);
  CREATE DOMAIN moods AS mood;
  CREATE EXTENSION citext;
  CREATE EXTENSION hstore`;
export const OWN: Record<string, { values: readonly string[]; created: string }> = {
  mood: { values: ['sad', 'so so'], created: 'text' },
  moods: { values: ['happy'], created: 'text' },
  positive: { values: ['12.50'], created: 'numeric(10,2)' },
  strictly: { values: ['99.99'], created: 'numeric(10,2)' },
  pair: { values: ['(1,"x y")'], created: 'text' },
  'mood[]': { values: ['{sad,happy}'], created: 'text' },
  citext: { values: ['MiXeD', ''], created: 'text' },
  hstore: { values: ['"a"=>"1"'], created: 'text' },
  regclass: { values: ['pg_class'], created: 'text' },
};
