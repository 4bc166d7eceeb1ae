import { z } from 'zod';

export interface DemoField {
  readonly from: string;
  readonly to?: string;
  readonly cast?: string;
  readonly hash?: true;
  readonly drop?: true;
}

interface DemoStream {
  readonly from: string;
  readonly to: string;
  readonly key: readonly string[];
  readonly fields: readonly DemoField[];
}

/** What the demo syncs: selected, renamed, cast, hashed; what is dropped or not named is never read. */
export const demoPipeline = {
  version: 1,
  name: 'shop-to-warehouse',
  source: { connection: 'shop' },
  target: { connection: 'warehouse', schema: 'public' },
  streams: <DemoStream[]>[
    {
      from: 'public.zip_codes',
      to: 'zip_codes',
      key: ['zip'],
      fields: [
        { from: 'zip_code', to: 'zip' },
        { from: 'latitude', cast: 'double' },
        { from: 'longitude', cast: 'double' },
        { from: 'city' },
        { from: 'state' },
        { from: 'county', drop: true },
      ],
    },
    {
      from: 'public.people',
      to: 'people',
      key: ['person_id'],
      fields: [
        { from: 'id', to: 'person_id' },
        { from: 'email', to: 'email_hash', hash: true },
        { from: 'birth_date', to: 'born', cast: 'date' },
        { from: 'city' },
        { from: 'notes', drop: true },
      ],
    },
  ],
};

/** The same as a document of the API. */
export const demoDocument = z.json().parse(demoPipeline);

/** The same content as it must stand on both sides, as a query of each. Hashed fields cannot be compared and are left out. */
export const comparisons = [
  {
    table: 'zip_codes',
    source:
      'select zip_code as key, latitude::double precision, longitude::double precision, city, state from zip_codes',
    target: 'select zip as key, latitude, longitude, city, state from zip_codes',
  },
  {
    table: 'people',
    source: 'select id as key, birth_date::date, city from people',
    target: 'select person_id as key, born, city from people',
  },
] as const;

/** One digest over all rows of a query with a column `key`, in the order of that column's bytes. */
export const digestOf = (query: string): string =>
  `select count(*)::int as rows, md5(string_agg(md5(row_text), '' order by key collate "C")) as digest
   from (select key::text, row_of::text as row_text from (${query}) row_of) rows`;
