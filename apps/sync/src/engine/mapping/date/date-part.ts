/** A moment as calendar and clock show it. Mutable, because it is put together part by part. */
export interface LocalTime {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  microsecond: number;
  /** Seconds ahead of UTC. */
  offset: number;
}

/** A run of letters in a pattern. */
export interface DatePart {
  /** What it says; two that say the same cannot both be read. Parts without it are only written. */
  readonly sets?: 'year' | 'month' | 'day' | 'hour' | 'hour12' | 'half' | 'minute' | 'second' | 'fraction' | 'offset';
  readonly ofTime: boolean;
  /** Regular expression of the texts that it reads, without groups. */
  readonly matches: string;
  readonly read?: (text: string, into: LocalTime) => void;
  readonly format: (time: LocalTime) => string;
}

const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];
const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const TWO = String.raw`\d{2}`;
const ONE_OR_TWO = String.raw`\d{1,2}`;
/** POSIX `%y`: 69 to 99 are of the twentieth century, 00 to 68 of the twenty-first. */
const FIRST_OF_TWENTIETH = 69;
const FRACTION_DIGITS = 6;

const pad = (value: number, width: number) => String(value).padStart(width, '0');

type Numeric = Exclude<keyof LocalTime, 'offset' | 'microsecond'>;

function number(sets: Numeric, width: 1 | 2): DatePart {
  return {
    sets,
    ofTime: sets === 'hour' || sets === 'minute' || sets === 'second',
    matches: width === 2 ? TWO : ONE_OR_TWO,
    read: (text, into) => void (into[sets] = Number(text)),
    format: (time) => pad(time[sets], width),
  };
}

/** The hour of a clock with two halves: 12, 1, 2 … 11. The half is added by `a`. */
function twelve(width: 1 | 2): DatePart {
  return {
    sets: 'hour12',
    ofTime: true,
    matches: width === 2 ? '0[1-9]|1[0-2]' : '1[0-2]|[1-9]',
    read: (text, into) => void (into.hour += Number(text) % 12),
    format: ({ hour }) => pad(hour % 12 === 0 ? 12 : hour % 12, width),
  };
}

function monthName(length?: number): DatePart {
  const names = MONTHS.map((name) => name.slice(0, length));
  return {
    sets: 'month',
    ofTime: false,
    matches: names.join('|'),
    read: (text, into) => void (into.month = names.findIndex((name) => name.toLowerCase() === text.toLowerCase()) + 1),
    format: ({ month }) => names[month - 1]!,
  };
}

function weekday(length?: number): DatePart {
  return {
    ofTime: false,
    matches: '',
    format: ({ year, month, day }) => {
      const date = new Date(0);
      date.setUTCFullYear(year, month - 1, day);
      return DAYS[date.getUTCDay()]!.slice(0, length);
    },
  };
}

function fraction(digits: number): DatePart {
  return {
    sets: 'fraction',
    ofTime: true,
    matches: String.raw`\d{${digits}}`,
    read: (text, into) => void (into.microsecond = Number(text.padEnd(FRACTION_DIGITS, '0'))),
    format: ({ microsecond }) => pad(microsecond, FRACTION_DIGITS).slice(0, digits),
  };
}

function offset(colon: string): DatePart {
  return {
    sets: 'offset',
    ofTime: true,
    matches: `Z|[+-](?:0[0-9]|1[0-5])${colon}[0-5][0-9]`,
    read: (text, into) => {
      if (/^z$/i.test(text)) return;
      const minutes = Number(text.slice(1, 3)) * 60 + Number(text.slice(-2));
      into.offset = (text.startsWith('-') ? -60 : 60) * minutes;
    },
    format: ({ offset }) => {
      if (offset === 0) return 'Z';
      const minutes = Math.round(Math.abs(offset) / 60);
      return `${offset < 0 ? '-' : '+'}${pad(Math.floor(minutes / 60), 2)}${colon}${pad(minutes % 60, 2)}`;
    },
  };
}

/** Every part that a pattern may have, in the letters of Unicode's CLDR (UTS 35, date field symbols). Names are English. */
export const DATE_PARTS: Readonly<Record<string, DatePart>> = {
  yyyy: {
    sets: 'year',
    ofTime: false,
    matches: String.raw`\d{4}`,
    read: (text, into) => void (into.year = Number(text)),
    format: ({ year }) => pad(year, 4),
  },
  yy: {
    sets: 'year',
    ofTime: false,
    matches: TWO,
    read: (text, into) => void (into.year = Number(text) + (Number(text) < FIRST_OF_TWENTIETH ? 2000 : 1900)),
    format: ({ year }) => pad(year % 100, 2),
  },
  MMMM: monthName(),
  MMM: monthName(3),
  MM: number('month', 2),
  M: number('month', 1),
  dd: number('day', 2),
  d: number('day', 1),
  EEEE: weekday(),
  EEE: weekday(3),
  Q: { ofTime: false, matches: '', format: ({ month }) => String(Math.ceil(month / 3)) },
  HH: number('hour', 2),
  H: number('hour', 1),
  hh: twelve(2),
  h: twelve(1),
  a: {
    sets: 'half',
    ofTime: true,
    matches: 'AM|PM',
    read: (text, into) => void (into.hour += text.toUpperCase() === 'PM' ? 12 : 0),
    format: ({ hour }) => (hour < 12 ? 'AM' : 'PM'),
  },
  mm: number('minute', 2),
  m: number('minute', 1),
  ss: number('second', 2),
  s: number('second', 1),
  ...Object.fromEntries([1, 2, 3, 4, 5, 6].map((digits) => ['S'.repeat(digits), fraction(digits)])),
  XXX: offset(':'),
  XX: offset(''),
};
