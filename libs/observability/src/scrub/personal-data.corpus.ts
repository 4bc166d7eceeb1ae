import fc from 'fast-check';

/** A value that must not come out, and the parts of it that give it away when they come out alone. */
export interface Planted {
  readonly kind: string;
  readonly value: string;
  readonly needles: readonly string[];
}

const GIVEN = [
  'Przemysław',
  'Nguyễn',
  'Giovanni',
  'Fátima',
  'Zoë-Marie',
  'Олександра',
  '小龙',
  'Siobhán',
  'अनुष्का',
  'محمد',
  'Ngozi',
  'Þórdís',
];
const FAMILY = [
  'Wiśniewski',
  'Thị Hương',
  "O'Shaughnessy",
  'Núñez-Ibáñez',
  'Шевченко',
  'Çelikoğlu',
  '欧阳修文',
  'Achterberg',
  'שפירא',
  'Okonkwo',
  'Björnsdóttir',
];
const STREETS = [
  'Fleischmarkt',
  'Evergreen Terrace',
  'rue de Rivoli',
  'Calle Mayor',
  'Nevsky prospekt',
  '東京都千代田区丸の内',
];
const TOWNS = ['Schaerbeek', 'Kraków', 'Llandudno', 'Ouagadougou', 'München', 'Springfield'];

const digits = (length: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: length, maxLength: length });
const base64url = (length: number) =>
  fc.string({
    unit: fc.constantFrom(...'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789-_'),
    minLength: length,
    maxLength: length + 20,
  });

const name = fc
  .tuple(fc.constantFrom(...GIVEN), fc.constantFrom(...FAMILY))
  .map(([given, family]) => `${given} ${family}`);
const address = fc
  .tuple(fc.integer({ min: 1, max: 9_999 }), fc.constantFrom(...STREETS), digits(5), fc.constantFrom(...TOWNS))
  .map(([house, street, code, town]) => `${street} ${house}, ${code} ${town}`);
const birthDate = fc
  .tuple(fc.integer({ min: 1930, max: 2012 }), fc.integer({ min: 10, max: 12 }), fc.integer({ min: 10, max: 28 }))
  .map(([year, month, day]) => `${day}.${month}.${year}`);

const email = fc.oneof(
  fc.emailAddress(),
  name.map((person) => `${person.toLowerCase().replaceAll(' ', '.')}@example.com`),
  fc.tuple(fc.constantFrom(...GIVEN), fc.domain()).map(([person, domain]) => `"${person} x"@${domain}`),
);
const phone = fc.oneof(
  digits(9).map((rest) => `+44${rest}`),
  digits(7).map((rest) => `+1 (555) ${rest.slice(0, 3)}-${rest.slice(3)}`),
  digits(8).map((rest) => `030 / ${rest.slice(0, 4)} ${rest.slice(4)}`),
  digits(10).map((rest) => rest.match(/../g)!.join('.')),
);
const card = digits(15)
  .map(luhn)
  .chain((pan) => fc.constantFrom(pan, pan.match(/.{4}/g)!.join(' '), pan.match(/.{4}/g)!.join('-')));
const iban = digits(18)
  .map((account) => ibanOf('DE', account))
  .chain((text) => fc.constantFrom(text, text.match(/.{1,4}/g)!.join(' '), text.toLowerCase()));
const nationalId = fc.oneof(
  digits(9).map((text) => `${text.slice(0, 3)}-${text.slice(3, 5)}-${text.slice(5)}`),
  digits(6).map((text) => `QQ ${text.match(/../g)!.join(' ')} C`),
  digits(8).map((text) => `${text}Z`),
  digits(2).map((text) => `RSSMRA${text}T10A562S`),
);
const token = fc.oneof(
  fc.tuple(base64url(20), base64url(30), base64url(43)).map(([head, body, tail]) => `eyJ${head}.eyJ${body}.${tail}`),
  base64url(24).map((text) => `Bearer ${text}1`),
  base64url(36).map((text) => `sk_live_${text}`),
  fc.uint8Array({ minLength: 20, maxLength: 20 }).map((bytes) => Buffer.from(bytes).toString('hex')),
  base64url(8).map((text) => `password=${text}`),
);
const location = fc.oneof(
  fc
    .tuple(base64url(8), base64url(10))
    .map(([user, password]) => `postgres://${user}:${password}@db.example.com:5432/app`),
  fc.tuple(base64url(8), base64url(6)).map(([user, password]) => `https://${user}:${password}/x@y@example.com/`),
  fc.ipV4().filter((text) => text.length > 9),
  fc.ipV6().filter((text) => /^[0-9a-f]{3,4}(?::[0-9a-f]{1,4}){7}$/.test(text)),
);

/** Values that a pattern can recognise wherever they stand. */
export const recognisable: fc.Arbitrary<Planted> = planted({ email, phone, card, iban, nationalId, token, location });

/** Values that no pattern can tell from other words: names, addresses, dates, and everything in {@link recognisable}. */
export const personal: fc.Arbitrary<Planted> = fc.oneof(recognisable, planted({ name, address, birthDate }));

/** The needles of `value` that stand in `output`, as they are or as JSON writes them. */
export function leaksIn(output: string, value: Planted): string[] {
  return value.needles.filter(
    (needle) => output.includes(needle) || output.includes(JSON.stringify(needle).slice(1, -1)),
  );
}

function planted(kinds: Record<string, fc.Arbitrary<string>>): fc.Arbitrary<Planted> {
  const arbitraries = Object.entries(kinds).map(([kind, values]) =>
    values.map((value) => ({ kind, value, needles: needlesOf(value) })),
  );
  return fc.oneof(...arbitraries);
}

/** The whole value, and its parts of at least six characters, which are too long to stand anywhere by chance. */
function needlesOf(value: string): string[] {
  const parts = value.split(/[\s@:/"=,]+/).filter((part) => part.length >= 6 && !WORDS.has(part));
  return [...new Set([value, ...parts])];
}

/** Parts of the generated values that are not personal by themselves. */
const WORDS = new Set(['postgres', 'db.example.com', 'example.com', 'Bearer', 'password']);

/** `text` with the check digit that makes it a card number (ISO/IEC 7812-1, annex B). */
function luhn(text: string): string {
  const sum = [...text].reverse().reduce((total, digit, index) => {
    const weighted = Number(digit) * (index % 2 === 0 ? 2 : 1);
    return total + (weighted > 9 ? weighted - 9 : weighted);
  }, 0);
  return text + String((10 - (sum % 10)) % 10);
}

/** An IBAN with its check digits (ISO 13616, modulo 97). */
function ibanOf(country: string, account: string): string {
  const digitsOf = (text: string) => text.replace(/[A-Z]/g, (letter) => String(letter.charCodeAt(0) - 55));
  const check = 98n - (BigInt(digitsOf(`${account}${country}00`)) % 97n);
  return `${country}${String(check).padStart(2, '0')}${account}`;
}
