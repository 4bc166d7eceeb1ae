import { z } from 'zod';
import { castType } from './cast-type.js';
import { Literal, MAX_LITERAL_LENGTH } from './literal.js';

/** Most steps of one field. */
export const MAX_STEPS = 32;
/** Most entries of one lookup table. */
export const MAX_LOOKUP_ENTRIES = 10_000;

/** What `redact` finds in free text. */
export const REDACTIONS = ['email', 'phone', 'card', 'iban', 'national-id'] as const;
export type Redaction = (typeof REDACTIONS)[number];

/** Steps that need nothing but their name. */
export const PLAIN_STEPS = ['trim', 'hash', 'tokenize', 'detokenize', 'redact'] as const;

const text = z.string().max(MAX_LITERAL_LENGTH);
const someText = text.min(1);
const zone = z
  .string()
  .min(1)
  .max(100)
  .describe('A time zone: UTC, an offset such as +02:00, or a name such as Europe/Berlin.');

const CaseStep = z
  .enum(['upper', 'lower', 'title'])
  .describe('Upper case, lower case, or a capital letter at each word. The same in every language.');

const ReplaceStep = z
  .strictObject({
    text: someText.optional().describe('The text to replace, wherever it occurs, as it stands.'),
    pattern: someText.optional().describe('Instead of "text": a regular expression in RE2 syntax.'),
    with: text.describe(
      'What comes in its place. After "pattern", $1 to $9 stand for its groups, $0 for all of it, and $$ for a dollar.',
    ),
  })
  .refine((step) => (step.text === undefined) !== (step.pattern === undefined), {
    message: 'must name either "text" or "pattern"',
  })
  .describe('Replaces every occurrence of a text or of a pattern.');

const SplitStep = z
  .strictObject({
    separator: someText.describe('The text between two parts.'),
    index: z.int().min(-10_000).max(10_000).describe('Which part: 0 is the first and -1 the last. None there: null.'),
  })
  .describe('Cuts the text at each separator and takes one part.');

const SubstringStep = z
  .strictObject({
    start: z.int().min(-1_000_000).max(1_000_000).describe('The first character: 0 is the first and -1 the last.'),
    length: z.int().min(0).max(1_000_000).optional().describe('How many characters at most. Default: to the end.'),
  })
  .describe('Takes a part of the text. A character is what a reader sees as one, accents included.');

const ParseDateStep = z
  .strictObject({
    pattern: someText.describe('How the text is written, such as dd.MM.yyyy or yyyy-MM-dd HH:mm:ss.'),
    zone: zone.optional(),
    gap: z
      .enum(['reject', 'shift'])
      .optional()
      .describe('A local time that a change of clocks leaves out: refused (default), or moved on by the gap.'),
    overlap: z
      .enum(['reject', 'earlier', 'later'])
      .optional()
      .describe('A local time that a change of clocks repeats: refused (default), or which of the two it means.'),
  })
  .describe('Reads a date, or an instant if the pattern has a time of day and a zone is known.');

const FormatDateStep = z
  .strictObject({
    pattern: someText.describe('How to write it, such as dd.MM.yyyy HH:mm.'),
    zone: zone.optional(),
  })
  .describe('Writes a date or an instant as text. An instant needs a zone.');

const ParseNumberStep = z
  .strictObject({
    decimalSeparator: someText.max(1).optional().describe('The sign before the decimals. Default: a point.'),
    groupSeparator: text.max(1).optional().describe('The sign between groups of digits. Default: none.'),
  })
  .describe('Reads a number with every digit.');

const FormatNumberStep = z
  .strictObject({
    decimals: z.int().min(0).max(100).describe('Digits behind the separator; halves are rounded away from zero.'),
    decimalSeparator: someText.max(1).optional().describe('The sign before the decimals. Default: a point.'),
    groupSeparator: text.max(1).optional().describe('The sign between groups of three digits. Default: none.'),
  })
  .describe('Writes a number as text, exactly.');

const LookupStep = z
  .strictObject({
    map: z
      .record(z.string().max(MAX_LITERAL_LENGTH), z.union([Literal, z.null()]))
      .refine((map) => Object.keys(map).length <= MAX_LOOKUP_ENTRIES, {
        message: `must have at most ${MAX_LOOKUP_ENTRIES} entries`,
      })
      .describe('The value for each text.'),
    otherwise: z
      .union([
        z.literal('keep'),
        z.literal('reject'),
        z.null(),
        z.strictObject({ value: Literal.describe('The value of every other text.') }),
      ])
      .describe('What becomes of a text that the map has not: kept, refused, null, or a value.'),
  })
  .describe('Replaces a text by what the map says.');

const JsonPathStep = z
  .union([
    someText,
    z.strictObject({
      path: someText.describe('A JSONPath (RFC 9535), such as $.address.city.'),
      all: z.boolean().optional().describe('Every result as a JSON list, instead of the only one. Default: false.'),
    }),
  ])
  .describe('Takes what the path finds: a text as it is, anything else as JSON; nothing there gives null.');

const MaskStep = z
  .strictObject({
    keepLast: z
      .int()
      .min(0)
      .max(1_000)
      .describe('Characters at the end that stay. A text that is no longer is masked.'),
    with: someText.max(8).optional().describe('What stands for each hidden character. Default: *.'),
  })
  .describe('Hides all but the last characters.');

const GeneraliseStep = z
  .union([
    z.enum(['year', 'quarter', 'month', 'network']),
    z.strictObject({
      bucket: z
        .union([z.number().positive(), z.string().regex(/^\d+(\.\d+)?$/, 'must be a positive number')])
        .describe('The size of a bucket: 10 gives 40 for 40 to 49.9. Exact.'),
    }),
  ])
  .describe('Makes a value coarser: the first day of a period, the network of an address (/24, /48), a bucket.');

const SETTINGS = {
  case: CaseStep,
  replace: ReplaceStep,
  split: SplitStep,
  substring: SubstringStep,
  default: Literal.describe('What a null becomes.'),
  cast: castType.describe('Another type from here on.'),
  parseDate: ParseDateStep,
  formatDate: FormatDateStep,
  parseNumber: ParseNumberStep,
  formatNumber: FormatNumberStep,
  lookup: LookupStep,
  jsonPath: JsonPathStep,
  mask: MaskStep,
  generalise: GeneraliseStep,
  redact: z.array(z.enum(REDACTIONS)).min(1).describe('What is replaced in free text by a word in brackets.'),
};

type Settings = { [Name in keyof typeof SETTINGS]?: z.ZodOptional<(typeof SETTINGS)[Name]> };

/** One step that a value goes through: a bare name, or one name with its settings. */
export const FieldStep = z
  .union([
    z.enum(PLAIN_STEPS),
    z
      .strictObject(
        Object.fromEntries(
          Object.entries(SETTINGS).map(([name, schema]) => [name, schema.optional()]),
        ) as Required<Settings>,
      )
      .refine((step) => Object.values(step).filter((settings) => settings !== undefined).length === 1, {
        message: 'must name exactly one step; put the next one into an entry of its own',
      })
      .meta({ minProperties: 1, maxProperties: 1 }),
  ])
  .describe('One step that the value goes through: trim, case, replace, split, parseDate, mask, tokenize and so on.')
  .meta({ id: 'Step' });

export type FieldStep = z.infer<typeof FieldStep>;
export type StepSettings = Required<Exclude<FieldStep, string>>;

export const FieldSteps = z
  .array(FieldStep)
  .min(1)
  .max(MAX_STEPS)
  .describe('What happens to the value, in this order. A null passes every step but "default".');
export type FieldSteps = z.infer<typeof FieldSteps>;
