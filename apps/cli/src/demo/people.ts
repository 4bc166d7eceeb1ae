/** People who do not exist, the same ones every time: the demo's second source table. */

const GIVEN = [
  'Ada',
  'Björn',
  'Chen',
  'Dalia',
  'Edgar',
  'Fatou',
  'Grace',
  'Hiro',
  'Inés',
  'Jonas',
  'Kamala',
  'Łucja',
  'Mateo',
  'Niamh',
  'Omar',
  'Priya',
];
const FAMILY = [
  'Okafor',
  'Lindqvist',
  'Wei',
  "O'Neill",
  'Moreau',
  'Novák',
  'Haddad',
  'Silva',
  'Tanaka',
  'Becker',
  'Kowalska',
  'Rao',
  'Diallo',
  'Smith-Jones',
];
const CITIES = ['Lisboa', 'Kraków', 'Galway', 'Osaka', 'Pune', 'Tromsø', 'Dakar', 'Quito', 'Portland', 'Zürich'];
const NOTES = [
  'prefers mail',
  'met at the fair, wants "a quiet call"',
  'asked about prices, twice',
  '',
  'speaks three languages',
];

const SEED = 20_260_422;
const EARLIEST_BIRTH = Date.UTC(1940, 0, 1);
const BIRTH_SPAN_DAYS = 24_000;
const DAY_MS = 86_400_000;

/** `count` people: id, name, e-mail address, phone, date of birth, city, notes. */
export function* people(count: number): Generator<readonly string[]> {
  const random = generator(SEED);
  const pick = (from: readonly string[]) => from[Math.floor(random() * from.length)]!;
  for (let id = 1; id <= count; id += 1) {
    const [given, family] = [pick(GIVEN), pick(FAMILY)];
    const phone = `+1-555-${String(Math.floor(random() * 10_000_000)).padStart(7, '0')}`;
    const born = new Date(EARLIEST_BIRTH + Math.floor(random() * BIRTH_SPAN_DAYS) * DAY_MS).toISOString().slice(0, 10);
    const email = `${given}.${family}.${id}@example.com`
      .normalize('NFKD')
      .replaceAll(/[^\w.@-]/g, '')
      .toLowerCase();
    yield [String(id), `${given} ${family}`, email, phone, born, pick(CITIES), pick(NOTES)];
  }
}

/** Mulberry32: small and the same everywhere; nothing secret depends on it. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
