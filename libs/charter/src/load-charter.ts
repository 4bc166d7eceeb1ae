import { Charter } from './charter.js';
import { CharterError, type Complaint } from './finding.js';
import { probeCatalogue, type ProbeCatalogue } from './probe-catalogue.js';
import { crossChecks } from './rules/all-rules.js';
import { CharterSchema } from './schema/charter.schema.js';
import { CharterSource } from './source/charter-source.js';
import { schemaComplaints } from './source/schema-complaints.js';

/**
 * Reads and checks a charter. Throws a `CharterError` that holds everything wrong with it, each with file, line,
 * column and rule: first what is no YAML, then what breaks the schema, then what the cross checks refuse.
 *
 * @param text the YAML file's content
 * @param fileName how messages call the file
 * @param probes the probes that promises may name; the shipped catalogue by default
 */
export function loadCharter(text: string, fileName: string, probes: ProbeCatalogue = probeCatalogue): Charter {
  const source = new CharterSource(text, fileName);
  if (source.syntax.length) throw new CharterError(source.syntax);
  const parsed = CharterSchema.safeParse(source.toValue(), { reportInput: true });
  if (!parsed.success) refuse(source, schemaComplaints(parsed.error));
  const complaints = crossChecks(parsed.data, { probes });
  if (complaints.length) refuse(source, complaints);
  return new Charter(parsed.data, source);
}

function refuse(source: CharterSource, complaints: readonly Complaint[]): never {
  const findings = complaints.map((complaint) => source.find(complaint, 'error'));
  throw new CharterError(findings.sort((a, b) => a.line - b.line || a.column - b.column));
}
