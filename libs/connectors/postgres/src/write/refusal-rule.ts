/** SQLSTATE of a refused record to a stable rule for reports. */
const RULES: Record<string, string> = {
  '21000': 'duplicate-key',
  '22001': 'too-long',
  '22003': 'out-of-range',
  '22008': 'out-of-range',
  '22021': 'not-encodable',
  '22P02': 'not-a-value-of-the-type',
  '22P03': 'not-a-value-of-the-type',
  '22P05': 'not-encodable',
  '23502': 'not-null',
  '23503': 'foreign-key',
  '23505': 'unique',
  '23514': 'check',
  '23P01': 'exclusion',
  '54000': 'too-large',
  P0001: 'trigger',
};

/** The rule that refused a record, or undefined when the error is not about the record. */
export function refusalRule(state: string): string | undefined {
  const aboutRecord = state in RULES || state.startsWith('22') || state.startsWith('23');
  return aboutRecord ? (RULES[state] ?? 'refused') : undefined;
}
